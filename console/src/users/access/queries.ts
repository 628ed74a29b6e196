import { graphql } from '../../gql';

/** What may be chosen: exactly what this admin may give. */
export const AccessOffer = graphql(`
  query AccessOffer($contractSearch: String, $deliverySearch: String) {
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

/** What a user will see, or sees if nothing is changed, by the policy itself. */
export const PreviewedAccess = graphql(`
  query PreviewedAccess($input: AccessPreviewInput!) {
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

/** What a user will see after a change, and what that adds and takes away. */
export const ChangedAccess = graphql(`
  query ChangedAccess($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      errors {
        code
        message
      }
      after {
        ...AccessSummary
      }
      gains {
        ...AccessSummary
      }
      loses {
        ...AccessSummary
      }
    }
  }
`);
