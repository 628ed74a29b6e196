import { graphql } from '../gql';
import type { SettingsFragment } from '../gql/graphql';

graphql(`
  fragment Settings on OrganizationSettings {
    endNoticeDays
    dormantAfterDays
    dormancyWarningDays
  }
`);

/** Everything that the page of the settings shows. */
export const OrganizationSettings = graphql(`
  query OrganizationSettings {
    viewer {
      organization {
        id
        name
        settings {
          ...Settings
        }
      }
    }
  }
`);

/** How many users have not signed in for a number of days. */
export const DormantUsers = graphql(`
  query DormantUsers($days: Int!) {
    users(filter: { notSignedInForDays: $days }) {
      totalCount
    }
  }
`);

export const UpdateSettings = graphql(`
  mutation UpdateSettings($input: UpdateOrganizationSettingsInput!) {
    updateOrganizationSettings(input: $input) {
      organization {
        id
        settings {
          ...Settings
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

export type StoredSettings = SettingsFragment;
