import { graphql } from '../../gql';

graphql(`
  fragment BulkResult on UserChangeResult {
    state
    user {
      id
      displayName
      email
    }
    gains {
      permissions
      contractAccounts
      deliveryAccounts
      services
    }
    loses {
      permissions
      contractAccounts
      deliveryAccounts
      services
    }
    errors {
      code
      message
      path
    }
  }
`);

export const ChangeUsers = graphql(`
  mutation ChangeUsers($input: ChangeUsersInput!) {
    changeUsers(input: $input) {
      results {
        ...BulkResult
      }
      changed
      refused
      errors {
        code
        message
        path
      }
    }
  }
`);

export const ExtendAccess = graphql(`
  mutation ExtendAccess($input: ExtendAccessInput!) {
    extendAccess(input: $input) {
      results {
        ...BulkResult
      }
      changed
      refused
      errors {
        code
        message
        path
      }
    }
  }
`);
