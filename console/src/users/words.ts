import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { Audience, MailStatus, UserKind, UserStatus } from '../gql/graphql';
import type { Tone } from '../shared/ui/Badge';

export const statusWords: Record<UserStatus, MessageDescriptor> = {
  PENDING: msg`Pending`,
  EXPIRED: msg`Expired`,
  ACTIVE: msg`Active`,
  REMOVED: msg`Removed`,
};

export const statusTones: Record<UserStatus, Tone> = { PENDING: 'waiting', EXPIRED: 'danger', ACTIVE: 'good', REMOVED: 'neutral' };

export const kindWords: Record<UserKind, MessageDescriptor> = { PERSONAL: msg`Personal`, GROUP: msg`Group` };

export const audienceWords: Record<Audience, MessageDescriptor> = { ORGANIZATION: msg`My organization`, DELIVERY: msg`Delivery account` };

export const mailWords: Record<MailStatus, MessageDescriptor> = {
  QUEUED: msg`Waiting to be sent`,
  SENT: msg`Sent`,
  FAILED: msg`Not delivered`,
};
