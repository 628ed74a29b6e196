import { graphql } from '../gql';
import type { AccountsQuery } from '../gql/graphql';

/** The contract accounts that one sees, or the delivery accounts, each with the accounts of the other kind that its
 *  services tie it to. How many of the others there are is in the same answer. */
export const Accounts = graphql(`
  query Accounts($first: Int, $after: String, $last: Int, $before: String, $search: String, $isDelivery: Boolean!) {
    contractAccounts(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) @skip(if: $isDelivery) {
      totalCount
      nodes {
        id
        name
        organization {
          id
          name
          viewerCan
        }
        others: deliveryAccounts(first: 25) {
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
            other: deliveryAccount {
              id
            }
          }
        }
      }
      pageInfo {
        ...PageParts
      }
    }
    deliveryAccounts(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) @include(if: $isDelivery) {
      totalCount
      nodes {
        id
        name
        organization {
          id
          name
          viewerCan
        }
        others: contractAccounts(first: 25) {
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
            other: contractAccount {
              id
            }
          }
        }
      }
      pageInfo {
        ...PageParts
      }
    }
    otherContractAccounts: contractAccounts(first: 1, filter: { search: $search }) @include(if: $isDelivery) {
      totalCount
    }
    otherDeliveryAccounts: deliveryAccounts(first: 1, filter: { search: $search }) @skip(if: $isDelivery) {
      totalCount
    }
    services(first: 1, filter: { search: $search }) {
      totalCount
    }
  }
`);

type Page = NonNullable<AccountsQuery['contractAccounts'] | AccountsQuery['deliveryAccounts']>;
export type ListedAccount = Page['nodes'][number];

/** How many of an account's services aren't shown: the others, and those whose account isn't among the ones that are read. */
export function countHidden({ others, services }: Pick<ListedAccount, 'others' | 'services'>): number {
  const listed = new Set(others.nodes.map(({ id }) => id));
  return services.totalCount - services.nodes.filter(({ other }) => listed.has(other.id)).length;
}

/** How many accounts of each kind, and services, the search finds; undefined while it is not known. */
export function foundCounts(data: AccountsQuery | undefined) {
  return {
    contract: (data?.contractAccounts ?? data?.otherContractAccounts)?.totalCount,
    delivery: (data?.deliveryAccounts ?? data?.otherDeliveryAccounts)?.totalCount,
    services: data?.services.totalCount,
  };
}
