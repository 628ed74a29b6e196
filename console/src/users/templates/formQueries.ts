import { graphql } from '../../gql';

graphql(`
  fragment PreviewOfTemplate on Query {
    accessPreview(input: { template: $id }) {
      ...PreviewOfAccess
    }
  }
`);

/** What a template holds, with the first accounts of each list; when its form opens, with what that offers,
 *  and what a user sees who has the template. */
export const StoredTemplateAccess = graphql(`
  query StoredTemplateAccess(
    $id: ID!
    $contractAfter: String
    $deliveryAfter: String
    $isOpening: Boolean!
    $contractSearch: String
    $deliverySearch: String
  ) {
    ...OfferedAccess @include(if: $isOpening)
    ...PreviewOfTemplate @include(if: $isOpening)
    node(id: $id) {
      ... on AccessTemplate {
        id
        version
        name
        viewerCan
        audience
        permissions
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
  }
`);

graphql(`
  fragment OfferedTemplates on Query {
    accessTemplates(first: 50, filter: { search: $templateSearch }) {
      totalCount
      nodes {
        id
        name
        audience
      }
    }
  }
`);

/** The templates to choose from. */
export const TemplateOffer = graphql(`
  query TemplateOffer($templateSearch: String) {
    ...OfferedTemplates
  }
`);

export const CreateTemplate = graphql(`
  mutation CreateTemplate($input: CreateAccessTemplateInput!) {
    createAccessTemplate(input: $input) {
      accessTemplate {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const UpdateTemplate = graphql(`
  mutation UpdateTemplate($input: UpdateAccessTemplateInput!) {
    updateAccessTemplate(input: $input) {
      accessTemplate {
        id
        version
      }
      results {
        ...BulkResult
      }
      changed
      errors {
        code
        message
        path
      }
    }
  }
`);
