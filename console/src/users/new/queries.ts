import { graphql } from '../../gql';

/** Whether an email address can be used. */
export const EmailCheck = graphql(`
  query EmailCheck($email: EmailAddress!) {
    emailAvailability(email: $email) {
      state
      user {
        id
        displayName
      }
    }
  }
`);

export const CreateUser = graphql(`
  mutation CreateUser($input: CreateUserInput!) {
    createUser(input: $input) {
      user {
        id
        displayName
        email
        activation {
          mail
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

/** The fate of an activation email. */
export const MailFate = graphql(`
  query MailFate($id: ID!) {
    node(id: $id) {
      ... on User {
        id
        activation {
          mail
          mailReply
        }
      }
    }
  }
`);
