import { graphql } from '../../gql';

/** What can be changed of a user, with the first accounts of each list; when the form opens, with what it offers, and
 *  if the viewer is known to be allowed to update the user, with what the user sees: that is refused to others, and
 *  recorded. */
export const EditedUser = graphql(`
  query EditedUser(
    $id: ID!
    $contractAfter: String
    $deliveryAfter: String
    $isOpening: Boolean!
    $mayUpdate: Boolean!
    $contractSearch: String
    $deliverySearch: String
    $templateSearch: String
  ) {
    ...FormOfEditedUser @include(if: $isOpening)
    node(id: $id) {
      ... on User {
        id
        version
        displayName
        email
        viewerCan
        kind
        firstName
        lastName
        phone
        country
        audience
        template {
          id
          name
          audience
        }
        permissions
        permissionEnds {
          permission
          endsAt
        }
        accountEnds {
          account
          endsAt
        }
        allContractAccounts
        contractAccounts(first: 100, after: $contractAfter) {
          nodes {
            id
            name
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
        allDeliveryAccounts
        deliveryAccounts(first: 100, after: $deliveryAfter) {
          nodes {
            id
            name
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
    permissions {
      permission
      name
    }
  }
`);

graphql(`
  fragment FormOfEditedUser on Query {
    ...OfferedAccess
    ...OfferedTemplates
    accessPreview(input: { user: $id }) @include(if: $mayUpdate) {
      ...PreviewOfChange
    }
  }
`);

export const UpdateUser = graphql(`
  mutation UpdateUser($input: UpdateUserInput!) {
    updateUser(input: $input) {
      user {
        id
        version
      }
      errors {
        code
        message
        path
      }
    }
  }
`);
