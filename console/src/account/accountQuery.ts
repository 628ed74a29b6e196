import { graphql } from '../gql';
import type { AccountSessionFragment } from '../gql/graphql';

graphql(`
  fragment AccountSession on Session {
    id
    current
    createdAt
    lastSeenAt
    address
    userAgent
  }
`);

graphql(`
  fragment AccountIdentity on User {
    identity {
      issuer
      linkedAt
    }
  }
`);

/** Everything that the page of one's own account shows. */
export const Account = graphql(`
  query Account {
    viewer {
      user {
        id
        displayName
        email
        ...AccountIdentity
      }
      ...OwnSecondFactors
      sessions {
        ...AccountSession
      }
    }
  }
`);

export const ChangePassword = graphql(`
  mutation ChangePassword($currentPassword: String!, $newPassword: String!) {
    changePassword(input: { currentPassword: $currentPassword, newPassword: $newPassword }) {
      user {
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

export const EndSession = graphql(`
  mutation EndSession($id: ID!) {
    endSession(input: { id: $id }) {
      viewer {
        sessions {
          ...AccountSession
        }
      }
      errors {
        code
        message
      }
    }
  }
`);

export const EndOtherSessions = graphql(`
  mutation EndOtherSessions {
    endOtherSessions {
      viewer {
        sessions {
          ...AccountSession
        }
      }
      errors {
        code
        message
      }
    }
  }
`);

export type AccountSession = AccountSessionFragment;
