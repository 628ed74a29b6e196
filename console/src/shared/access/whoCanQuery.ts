import { graphql } from '../../gql';
import type { WhoCanQuery } from '../../gql/graphql';
import type { AskedType } from './askedAccess';

graphql(`
  fragment NamedThing on Node {
    ... on ContractAccount {
      id
      name
    }
    ... on DeliveryAccount {
      id
      name
    }
    ... on Service {
      id
      code
    }
  }
`);

/** Who may do something with a thing, what it is called, and who is asked about; and why they may or may not, if the question
 *  opens with them. */
export const WhoCan = graphql(`
  query WhoCan($action: PolicyAction!, $on: ID!, $after: String, $ids: [ID!]!, $user: ID!, $isExplained: Boolean!) {
    ...ExplainAccessFields @include(if: $isExplained)
    whoCan(action: $action, on: $on, first: 10, after: $after) {
      totalCount
      endCursor
      holders {
        user {
          id
          displayName
          email
        }
        ways {
          rows
        }
      }
    }
    nodes(ids: $ids) {
      ... on Organization {
        id
        name
      }
      ...NamedThing
      ... on User {
        id
        displayName
      }
    }
  }
`);

export type Holder = NonNullable<WhoCanQuery['whoCan']>['holders'][number];

/** A node with its name; where nothing is asked about organizations, they have none. */
type NamedNode = WhoCanQuery['nodes'][number] | { __typename: 'Organization' };

/** A node that can be asked about, by its name; undefined if it isn't visible. */
export function namedNode(nodes: readonly NamedNode[] | undefined, id: string | undefined): { type: AskedType; name: string } | undefined {
  const node = nodes?.find((found) => found && 'id' in found && found.id === id);
  switch (node?.__typename) {
    case 'Organization':
      return 'name' in node ? { type: 'Organization', name: node.name } : undefined;
    case 'ContractAccount':
    case 'DeliveryAccount':
      return { type: node.__typename, name: node.name };
    case 'Service':
      return { type: 'Service', name: node.code };
    case 'User':
      return { type: 'User', name: node.displayName };
    default:
      return undefined;
  }
}
