import { graphql } from '../../gql';

/** The users are selected so that lists with them are read again. */
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
          path
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
