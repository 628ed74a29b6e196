import { graphql } from '../gql';
import type { AccountsQuery } from '../gql/graphql';

/** The contract accounts that one sees. The services name the delivery accounts: nothing else ties the two together. */
export const Accounts = graphql(`
  query Accounts($first: Int, $after: String, $last: Int, $before: String, $search: String) {
    contractAccounts(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) {
      totalCount
      nodes {
        id
        name
        organization {
          id
          viewerCan
        }
        deliveryAccounts(first: 25) {
          totalCount
          nodes {
            id
            name
          }
        }
        services(first: 50) {
          totalCount
          nodes {
            id
            code
            name
            deliveryAccount {
              id
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

export type ListedAccount = AccountsQuery['contractAccounts']['nodes'][number];
