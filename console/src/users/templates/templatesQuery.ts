import { graphql } from '../../gql';
import type { TemplateCardFragment } from '../../gql/graphql';

graphql(`
  fragment TemplateCard on AccessTemplate {
    id
    name
    audience
    permissions
    allContractAccounts
    contractAccounts {
      totalCount
    }
    allDeliveryAccounts
    deliveryAccounts {
      totalCount
    }
    users {
      totalCount
    }
    viewerCan
  }
`);

/** The templates that the viewer sees: those that hold only what they may give. */
export const AccessTemplates = graphql(`
  query AccessTemplates($first: Int, $after: String, $last: Int, $before: String, $filter: AccessTemplateFilter!) {
    accessTemplates(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes {
        ...TemplateCard
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

export const RemoveTemplate = graphql(`
  mutation RemoveTemplate($id: ID!) {
    removeAccessTemplate(input: { id: $id }) {
      removedId
      errors {
        code
        message
      }
    }
  }
`);

export type ListedTemplate = TemplateCardFragment;
