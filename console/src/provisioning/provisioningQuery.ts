import { graphql } from '../gql';
import './singleSignOnQuery';

/** Everything that the page shows, with one fragment for each of its sections. */
export const Provisioning = graphql(`
  query Provisioning {
    viewer {
      organization {
        id
        name
        settings {
          requiresSecondFactor
        }
        ...SecondFactorRequirement
        ...WebhooksSection
        ...ScimSection
        ...SingleSignOnSection
      }
    }
  }
`);
