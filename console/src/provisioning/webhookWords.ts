import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { DeliveryState, EgressFailure, WebhookState, WebhookStop } from '../gql/graphql';
import type { Tone } from '../shared/ui/Badge';

export const stateWords: Record<WebhookState, { name: MessageDescriptor; tone: Tone }> = {
  ACTIVE: { name: msg`Active`, tone: 'good' },
  PAUSED: { name: msg`Paused`, tone: 'neutral' },
  STOPPED: { name: msg`Stopped`, tone: 'danger' },
};

export const stopWords: Record<WebhookStop, MessageDescriptor> = {
  GONE: msg`The receiver answered that it is gone for good (410).`,
  FAILING: msg`The receiver has not accepted an event for almost three days.`,
  OWNER: msg`The admin whose view was sent may not have webhooks any more. Resume it to send what you may see.`,
  SECRET: msg`The secret can’t be read, because the server has another key. Remove the webhook and add it again.`,
};

export const deliveryWords: Record<DeliveryState, { name: MessageDescriptor; tone: Tone }> = {
  PENDING: { name: msg`Waiting`, tone: 'waiting' },
  DELIVERED: { name: msg`Delivered`, tone: 'good' },
  FAILED: { name: msg`Failed`, tone: 'danger' },
  WITHHELD: { name: msg`Withheld`, tone: 'neutral' },
};

export const failureWords: Record<EgressFailure, MessageDescriptor> = {
  URL_REFUSED: msg`the URL is not allowed`,
  NO_PUBLIC_ADDRESS: msg`the name has no public address`,
  CONNECTION_FAILED: msg`no connection`,
  TLS_FAILED: msg`invalid certificate`,
  PROXY_REFUSED: msg`refused by the proxy`,
  TIMED_OUT: msg`no answer in time`,
  RESPONSE_INVALID: msg`not an HTTP answer`,
  RESPONSE_TOO_LARGE: msg`the answer is too large`,
  BUSY: msg`the server was busy`,
};
