import { graphql } from '../../gql';

graphql(`
  fragment OfferedAccess on Query {
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
    }
  }
`);

/** What may be chosen: exactly what this admin may give. */
export const AccessOffer = graphql(`
  query AccessOffer($contractSearch: String, $deliverySearch: String) {
    ...OfferedAccess
  }
`);

graphql(`
  fragment PreviewOfAccess on AccessPreview {
    errors {
      code
      message
    }
    after {
      ...AccessSummary
    }
  }
`);

graphql(`
  fragment PreviewOfChange on AccessPreview {
    ...PreviewOfAccess
    gains {
      ...AccessSummary
    }
    loses {
      ...AccessSummary
    }
  }
`);

/** What a user will see, or sees if nothing is changed, by the policy itself. */
export const PreviewedAccess = graphql(`
  query PreviewedAccess($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      ...PreviewOfAccess
    }
  }
`);

/** What a user will see after a change, and what that adds and takes away. */
export const ChangedAccess = graphql(`
  query ChangedAccess($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      ...PreviewOfChange
    }
  }
`);

/** Everything that a form of the access of new users opens with. */
export const AccessForm = graphql(`
  query AccessForm(
    $contractSearch: String
    $deliverySearch: String
    $templateSearch: String
    $hasTemplates: Boolean!
    $input: AccessPreviewInput!
  ) {
    ...OfferedAccess
    ...OfferedTemplates @include(if: $hasTemplates)
    accessPreview(input: $input) {
      ...PreviewOfAccess
    }
  }
`);
