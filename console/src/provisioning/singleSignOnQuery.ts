import { graphql } from '../gql';
import type { SignInDomainFragment, SingleSignOnSectionFragment } from '../gql/graphql';

graphql(`
  fragment SignInDomain on SignInDomain {
    domainId
    domain
    recordName
    recordText
    verifiedAt
    checkedAt
    missingSince
  }
`);

graphql(`
  fragment SingleSignOnSection on Organization {
    id
    singleSignOn {
      provider {
        issuer
        clientId
        required
        breakGlassUser {
          id
          displayName
          status
        }
        newUserTemplate {
          id
          name
        }
        newUsersBy {
          id
          displayName
          status
        }
      }
      domains {
        ...SignInDomain
      }
    }
  }
`);

export const ConfigureSingleSignOn = graphql(`
  mutation ConfigureSingleSignOn($input: ConfigureSingleSignOnInput!) {
    configureSingleSignOn(input: $input) {
      organization {
        ...SingleSignOnSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RemoveSingleSignOn = graphql(`
  mutation RemoveSingleSignOn($organization: ID!) {
    removeSingleSignOn(input: { organization: $organization }) {
      organization {
        ...SingleSignOnSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const AddSignInDomain = graphql(`
  mutation AddSignInDomain($organization: ID!, $domain: String!) {
    addSignInDomain(input: { organization: $organization, domain: $domain }) {
      organization {
        ...SingleSignOnSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const VerifySignInDomain = graphql(`
  mutation VerifySignInDomain($id: ID!) {
    verifySignInDomain(input: { id: $id }) {
      organization {
        ...SingleSignOnSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RemoveSignInDomain = graphql(`
  mutation RemoveSignInDomain($id: ID!) {
    removeSignInDomain(input: { id: $id }) {
      organization {
        ...SingleSignOnSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export type SingleSignOnOrganization = SingleSignOnSectionFragment;
export type Provider = NonNullable<NonNullable<SingleSignOnSectionFragment['singleSignOn']>['provider']>;
export type Domain = SignInDomainFragment;
