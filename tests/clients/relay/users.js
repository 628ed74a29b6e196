// A user by their id, users from the end, and a mutation that puts a new user into the list.

import { graphql } from 'relay-runtime';

export const card = graphql`
  fragment users_card on User @refetchable(queryName: "users_CardQuery") {
    displayName
    status
    permissions
    viewerCan
    contractAccounts(first: 5) {
      nodes {
        name
      }
    }
  }
`;

export const newest = graphql`
  query users_NewestQuery($count: Int!, $cursor: String) {
    users(last: $count, before: $cursor, orderBy: CREATED_AT_ASC) @connection(key: "users_newest_users", filters: []) {
      edges {
        node {
          id
          email
          ...users_card
        }
      }
    }
  }
`;

export const create = graphql`
  mutation users_CreateMutation($input: CreateUserInput!, $connections: [ID!]!) @raw_response_type {
    createUser(input: $input) {
      user @appendNode(connections: $connections, edgeTypeName: "UserEdge") {
        id
        email
        ...users_card
      }
      errors {
        code
        message
        path
      }
    }
  }
`;
