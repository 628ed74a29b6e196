import { graphql } from '../../../gql';
import type { WhoHadAccessQuery } from '../../../gql/graphql';

/** Who had access to a thing at a time, if one is asked about, and what the thing is called. */
export const WhoHadAccess = graphql(`
  query WhoHadAccess(
    $on: ID!
    $at: DateTime! = "1970-01-01T00:00:00Z"
    $isAsked: Boolean!
    $isUnknown: Boolean!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    whoHadAccess(on: $on, time: $at) @include(if: $isAsked) {
      users(first: $first, after: $after, last: $last, before: $before) @skip(if: $isUnknown) {
        ...PastHolders
      }
      unknown(first: $first, after: $after, last: $last, before: $before) @include(if: $isUnknown) {
        ...PastHolders
      }
      userCount: users(first: 1) {
        totalCount
      }
      unknownCount: unknown(first: 1) {
        totalCount
      }
    }
    node(id: $on) {
      ...NamedThing
    }
  }
`);

graphql(`
  fragment PastHolders on UserConnection {
    totalCount
    nodes {
      id
      displayName
      email
    }
    pageInfo {
      ...PageParts
    }
  }
`);

type Node = WhoHadAccessQuery['node'] | undefined;

/** What the thing is called; undefined if it isn't visible. */
export function nameOf(node: Node): string | undefined {
  switch (node?.__typename) {
    case 'ContractAccount':
    case 'DeliveryAccount':
      return node.name;
    case 'Service':
      return node.code;
    default:
      return undefined;
  }
}
