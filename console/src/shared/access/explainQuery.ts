import { graphql } from '../../gql';
import type { ExplainAccessFieldsFragment } from '../../gql/graphql';

graphql(`
  fragment ExplainAccessFields on Query {
    explainAccess(user: $user, action: $action, on: $on) {
      allowed
      status
      ways {
        missing
        conditions {
          kind
          names
          sentence
          holds
        }
      }
    }
  }
`);

/** Why a user may do something, or why not. */
export const ExplainAccess = graphql(`
  query ExplainAccess($user: ID!, $action: PolicyAction!, $on: ID!) {
    ...ExplainAccessFields
  }
`);

export type Explained = NonNullable<ExplainAccessFieldsFragment['explainAccess']>;
export type Condition = Explained['ways'][number]['conditions'][number];
