import { graphql } from '../../gql';
import type { PastAccessFragment } from '../../gql/graphql';
import type { PastList } from './cardSearch';

graphql(`
  fragment PastAccess on AccessAt {
    complete
    reachesBackTo
    existed
    active
    audience
    permissions
    permissionEnds {
      permission
      endsAt
    }
    allContractAccounts
    allDeliveryAccounts
    accountEnds {
      account
      endsAt
    }
    contractCount: contractAccounts(first: 1) {
      totalCount
    }
    deliveryCount: deliveryAccounts(first: 1) {
      totalCount
    }
    serviceCount: services(first: 1) {
      totalCount
    }
    contractAccounts(first: $first, after: $after, last: $last, before: $before) @include(if: $isOfContract) {
      totalCount
      nodes {
        id
        name
      }
      pageInfo {
        ...PageParts
      }
    }
    deliveryAccounts(first: $first, after: $after, last: $last, before: $before) @include(if: $isOfDelivery) {
      totalCount
      nodes {
        id
        name
      }
      pageInfo {
        ...PageParts
      }
    }
    services(first: $first, after: $after, last: $last, before: $before) @include(if: $isOfServices) {
      totalCount
      nodes {
        id
        code
        name
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

/** The access of a user at an earlier time, with the list that is open. */
export type PastAccess = PastAccessFragment;

/** The variables of the card's query for an earlier time; without one, nothing of it is read. */
export function pastVariables(at: string | undefined, had: PastList) {
  const isPast = at !== undefined;
  return { isPast, at, isOfContract: had === 'contract', isOfDelivery: had === 'delivery', isOfServices: had === 'services' };
}

/** The page of the list that is open. */
export function pastPage(access: PastAccess | null | undefined) {
  return access?.contractAccounts ?? access?.deliveryAccounts ?? access?.services;
}

/** How many there are in each list. */
export function pastCounts({ contractCount, deliveryCount, serviceCount }: PastAccess): Record<PastList, number> {
  return { contract: contractCount.totalCount, delivery: deliveryCount.totalCount, services: serviceCount.totalCount };
}
