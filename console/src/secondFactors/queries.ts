import { graphql } from '../gql';
import type { OwnSecondFactorsFragment, StartTotpEnrollmentMutation } from '../gql/graphql';

graphql(`
  fragment OwnSecondFactors on Viewer {
    user {
      id
      hasSecondFactor
    }
    secondFactors {
      app {
        addedAt
        lastUsedAt
      }
      passkeys {
        id
        name
        addedAt
        lastUsedAt
      }
      recoveryCodesLeft
      isRequired
    }
  }
`);

export const StartEnrollment = graphql(`
  mutation StartTotpEnrollment($ticket: String) {
    startTotpEnrollment(input: { ticket: $ticket }) {
      enrollment
      secret
      qrCode {
        size
        path
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const ConfirmEnrollment = graphql(`
  mutation ConfirmTotpEnrollment($enrollment: String!, $code: String!) {
    confirmTotpEnrollment(input: { enrollment: $enrollment, code: $code }) {
      recoveryCodes
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Sets up the app that a sign-in requires, and signs in. */
export const EnrollToSignIn = graphql(`
  mutation EnrollToSignIn($enrollment: String!, $code: String!, $ticket: String!) {
    confirmTotpEnrollment(input: { enrollment: $enrollment, code: $code, ticket: $ticket, session: COOKIE }) {
      recoveryCodes
      viewer {
        ...SessionViewer
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RemoveApp = graphql(`
  mutation RemoveTotp {
    removeTotp {
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const NewRecoveryCodes = graphql(`
  mutation CreateRecoveryCodes {
    createRecoveryCodes {
      recoveryCodes
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const StartPasskey = graphql(`
  mutation StartPasskeyRegistration($ticket: String) {
    startPasskeyRegistration(input: { ticket: $ticket }) {
      options
      errors {
        code
        message
        path
      }
    }
  }
`);

export const AddPasskey = graphql(`
  mutation AddPasskey($credential: String!, $name: String!) {
    addPasskey(input: { credential: $credential, name: $name }) {
      recoveryCodes
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Adds the passkey that a sign-in requires, and signs in. */
export const EnrollPasskeyToSignIn = graphql(`
  mutation EnrollPasskeyToSignIn($credential: String!, $name: String!, $ticket: String!) {
    addPasskey(input: { credential: $credential, name: $name, ticket: $ticket, session: COOKIE }) {
      recoveryCodes
      viewer {
        ...SessionViewer
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RenamePasskey = graphql(`
  mutation RenamePasskey($id: ID!, $name: String!) {
    renamePasskey(input: { id: $id, name: $name }) {
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RemovePasskey = graphql(`
  mutation RemovePasskey($id: ID!) {
    removePasskey(input: { id: $id }) {
      viewer {
        ...OwnSecondFactors
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export type OwnSecondFactors = NonNullable<OwnSecondFactorsFragment['secondFactors']>;
export type OwnPasskey = OwnSecondFactors['passkeys'][number];
export type StartedEnrollment = StartTotpEnrollmentMutation['startTotpEnrollment'];
