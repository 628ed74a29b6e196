import { graphql } from '../gql';
import type { ServicesQuery } from '../gql/graphql';

/** Everything that the list of services shows, and the names of the accounts by which it is narrowed. */
export const Services = graphql(`
  query Services(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: ServiceFilter!
    $orderBy: ServiceOrder!
    $accounts: [ID!]!
  ) {
    services(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes {
        id
        code
        name
        status
        site {
          city
          country
        }
        contractAccount {
          id
          name
          organization {
            id
            viewerCan
          }
        }
        deliveryAccount {
          id
          name
        }
      }
      pageInfo {
        ...PageParts
      }
    }
    nodes(ids: $accounts) {
      ... on ContractAccount {
        id
        name
      }
      ... on DeliveryAccount {
        id
        name
      }
    }
  }
`);

export type ListedService = ServicesQuery['services']['nodes'][number];
export type FilterAccount = ServicesQuery['nodes'][number];
