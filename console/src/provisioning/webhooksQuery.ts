import { graphql } from '../gql';
import type { WebhooksSectionFragment } from '../gql/graphql';

graphql(`
  fragment WebhooksSection on Organization {
    id
    webhooks {
      webhookId
      url
      kinds
      state
      stopReason
      failingSince
      nextAttemptAt
      secretHint
      formerSecretHint
      createdAt
      ownerName
      deliveries {
        deliveryId
        cause
        kind
        state
        attempts
        attemptedAt
        status
        failure
        createdAt
      }
    }
  }
`);

export const CreateWebhook = graphql(`
  mutation CreateWebhook($input: CreateWebhookInput!) {
    createWebhook(input: $input) {
      organization {
        ...WebhooksSection
      }
      secret
      errors {
        code
        message
        path
      }
    }
  }
`);

export const UpdateWebhook = graphql(`
  mutation UpdateWebhook($input: UpdateWebhookInput!) {
    updateWebhook(input: $input) {
      organization {
        ...WebhooksSection
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RemoveWebhook = graphql(`
  mutation RemoveWebhook($id: ID!) {
    removeWebhook(input: { id: $id }) {
      organization {
        ...WebhooksSection
      }
      errors {
        code
        message
      }
    }
  }
`);

export const RotateWebhookSecret = graphql(`
  mutation RotateWebhookSecret($id: ID!) {
    rotateWebhookSecret(input: { id: $id }) {
      organization {
        ...WebhooksSection
      }
      secret
      errors {
        code
        message
        path
      }
    }
  }
`);

export const RetireWebhookSecret = graphql(`
  mutation RetireWebhookSecret($id: ID!) {
    retireWebhookSecret(input: { id: $id }) {
      organization {
        ...WebhooksSection
      }
      errors {
        code
        message
      }
    }
  }
`);

export const SendWebhookTest = graphql(`
  mutation SendWebhookTest($id: ID!) {
    sendWebhookTest(input: { id: $id }) {
      organization {
        ...WebhooksSection
      }
      errors {
        code
        message
      }
    }
  }
`);

export const ResendWebhookEvent = graphql(`
  mutation ResendWebhookEvent($id: ID!, $delivery: ID!) {
    resendWebhookEvent(input: { id: $id, delivery: $delivery }) {
      organization {
        ...WebhooksSection
      }
      errors {
        code
        message
      }
    }
  }
`);

export type WebhooksOfOrganization = WebhooksSectionFragment;
export type ListedWebhook = WebhooksOfOrganization['webhooks'][number];
export type ListedDelivery = ListedWebhook['deliveries'][number];
