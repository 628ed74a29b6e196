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

/** What the second step offers: exactly what this admin may give. */
export const Offer = graphql(`
  query NewUserOffer($contractSearch: String, $deliverySearch: String) {
    viewer {
      assignable {
        permissions
        allContractAccounts
        allDeliveryAccounts
        contractAccounts(first: 10, filter: { search: $contractSearch }) {
          totalCount
          nodes {
            id
            name
          }
        }
        deliveryAccounts(first: 10, filter: { search: $deliverySearch }) {
          totalCount
          nodes {
            id
            name
          }
        }
      }
    }
    permissions {
      permission
      name
      opens
    }
  }
`);

/** What the user will see, by the policy itself. */
export const NewUserPreview = graphql(`
  query NewUserPreview($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      errors {
        code
        message
      }
      after {
        ...AccessSummary
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
