import { graphql } from '../gql';
import type { ScimSectionFragment } from '../gql/graphql';

graphql(`
  fragment ScimSection on Organization {
    provisioning {
      scimTokens {
        tokenId
        name
        hint
        makerName
        createdAt
        expiresAt
        lastUsedAt
        revokedAt
        valid
      }
    }
  }
`);

export const CreateScimToken = graphql(`
  mutation CreateScimToken($name: String!, $validDays: Int!) {
    createScimToken(input: { name: $name, validDays: $validDays }) {
      organization {
        id
        ...ScimSection
      }
      token
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RevokeScimToken = graphql(`
  mutation RevokeScimToken($id: ID!) {
    revokeScimToken(input: { id: $id }) {
      organization {
        id
        ...ScimSection
      }
      errors {
        code
        message
      }
    }
  }
`);

export type ScimOfOrganization = ScimSectionFragment;
export type ListedToken = NonNullable<ScimOfOrganization['provisioning']>['scimTokens'][number];
