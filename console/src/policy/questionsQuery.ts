import { graphql } from '../gql';

graphql(`
  fragment FoundResources on Query {
    organizations(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
      }
    }
    contractAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
        organization {
          id
          name
        }
      }
    }
    deliveryAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
        organization {
          id
          name
        }
      }
    }
    services(first: 5, filter: { search: $search }) {
      nodes {
        id
        code
        name
        contractAccount {
          id
          organization {
            id
            name
          }
        }
      }
    }
    users(first: 5, filter: { search: $search }) {
      nodes {
        id
        displayName
        email
      }
    }
  }
`);

/** Anything that the policy is about, by a part of its name. */
export const FindResources = graphql(`
  query FindResources($search: String!) {
    ...FoundResources
  }
`);

graphql(`
  fragment NamedResources on Query {
    nodes(ids: $named) {
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

/** What is asked about, and the user of whom it is asked, by their names. */
export const NamedResources = graphql(`
  query NamedResources($named: [ID!]!) {
    ...NamedResources
  }
`);
