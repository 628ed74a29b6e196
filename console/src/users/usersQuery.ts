import { graphql } from '../gql';
import type { UsersQuery } from '../gql/graphql';

/** Everything that a list of users shows. */
export const Users = graphql(`
  query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter!, $orderBy: UserOrder!) {
    users(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes {
        id
        displayName
        email
        kind
        status
        lastSignInAt
        viewerCan
        viewerCanViewAs
        allContractAccounts
        contractAccounts(first: 2) {
          totalCount
          nodes {
            id
            name
          }
        }
        allDeliveryAccounts
        deliveryAccounts(first: 2) {
          totalCount
          nodes {
            id
            name
          }
        }
        activation {
          mail
        }
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

export type ListedUser = UsersQuery['users']['nodes'][number];
