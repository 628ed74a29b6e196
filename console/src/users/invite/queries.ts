import { graphql } from '../../gql';

export const InviteUsers = graphql(`
  mutation InviteUsers($input: InviteUsersInput!) {
    inviteUsers(input: $input) {
      results {
        state
        user {
          id
        }
        errors {
          code
          message
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);
