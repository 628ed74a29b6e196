// A page of services, and the next one: what a Relay app writes. relay-compiler reads it, and checks it against the schema.

import { graphql } from 'relay-runtime';

export const row = graphql`
  fragment services_row on Service {
    code
    name
    status
    site {
      city
      country
    }
    deliveryAccount {
      name
    }
    viewerCan
  }
`;

export const list = graphql`
  fragment services_list on Organization
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }, filter: { type: "ServiceFilter" })
  @refetchable(queryName: "services_NextQuery") {
    name
    services(first: $count, after: $cursor, filter: $filter, orderBy: CODE_ASC)
      @connection(key: "services_list_services", filters: ["filter"]) {
      totalCount
      edges {
        node {
          id
          code
          ...services_row
        }
      }
    }
  }
`;

export const page = graphql`
  query services_PageQuery {
    viewer {
      organization {
        id
        ...services_list
      }
    }
  }
`;
