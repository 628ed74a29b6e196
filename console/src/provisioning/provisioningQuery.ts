import { graphql } from '../gql';

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
      }
    }
  }
`);
