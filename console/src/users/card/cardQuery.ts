import { graphql } from '../../gql';
import type { UserCardQuery } from '../../gql/graphql';

/** A user's card with the tab that is open. */
export const UserCard = graphql(`
  query UserCard(
    $id: ID!
    $isActivity: Boolean!
    $isSessions: Boolean!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $isPast: Boolean!
    $at: DateTime! = "1970-01-01T00:00:00Z"
    $isOfContract: Boolean!
    $isOfDelivery: Boolean!
    $isOfServices: Boolean!
  ) {
    node(id: $id) {
      ... on User {
        id
        displayName
        email
        kind
        audience
        status
        phone
        country
        lastSignInAt
        viewerCan
        organization {
          id
          viewerCan
        }
        viewerCanViewAs
        hasSecondFactor
        permissions
        permissionEnds {
          permission
          endsAt
        }
        mayHaveMoreAccounts
        allContractAccounts
        contractAccounts(first: 25) {
          totalCount
          nodes {
            id
            name
          }
        }
        allDeliveryAccounts
        deliveryAccounts(first: 25) {
          totalCount
          nodes {
            id
            name
          }
        }
        accountEnds {
          account
          endsAt
        }
        activation {
          mail
          mailReply
          expiresAt
        }
        auditEvents(first: $first, after: $after, last: $last, before: $before) @include(if: $isActivity) {
          nodes {
            ...AuditEntry
          }
          pageInfo {
            ...PageParts
          }
        }
      }
    }
    accessAt(user: $id, time: $at) @include(if: $isPast) {
      ...PastAccess
    }
    viewer {
      user {
        id
      }
      sessions @include(if: $isSessions) {
        id
        current
        createdAt
        lastSeenAt
        address
        userAgent
      }
    }
  }
`);

export type CardUser = Extract<UserCardQuery['node'], { __typename: 'User' }>;
