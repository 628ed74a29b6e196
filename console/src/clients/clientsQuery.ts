import { graphql } from '../gql';
import type { ApiClientCardFragment } from '../gql/graphql';

graphql(`
  fragment ApiClientCard on ApiClient {
    id
    clientId
    name
    scopes
    createdAt
    lastUsedAt
    revokedAt
    viewerCan
    owner {
      id
      displayName
    }
    secrets {
      secretId
      hint
      createdAt
      lastUsedAt
    }
  }
`);

/** The API clients that the viewer sees. */
export const ApiClients = graphql(`
  query ApiClients($first: Int, $after: String, $last: Int, $before: String, $filter: ApiClientFilter!) {
    apiClients(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes {
        ...ApiClientCard
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

export const CreateApiClient = graphql(`
  mutation CreateApiClient($name: String!, $scopes: [Scope!]!) {
    createApiClient(input: { name: $name, scopes: $scopes }) {
      apiClient {
        ...ApiClientCard
      }
      clientSecret
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RotateSecret = graphql(`
  mutation RotateSecret($id: ID!) {
    rotateApiClientSecret(input: { id: $id }) {
      apiClient {
        ...ApiClientCard
      }
      clientSecret
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RetireSecret = graphql(`
  mutation RetireSecret($id: ID!, $secret: ID!) {
    retireApiClientSecret(input: { id: $id, secret: $secret }) {
      apiClient {
        ...ApiClientCard
      }
      errors {
        code
        message
      }
    }
  }
`);

export const RevokeApiClient = graphql(`
  mutation RevokeApiClient($id: ID!) {
    revokeApiClient(input: { id: $id }) {
      apiClient {
        ...ApiClientCard
      }
      errors {
        code
        message
      }
    }
  }
`);

export type ListedClient = ApiClientCardFragment;
export type ListedSecret = ListedClient['secrets'][number];
