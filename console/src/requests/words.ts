import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AccessRequestState } from '../gql/graphql';
import type { Tone } from '../shared/ui/Badge';
import type { Side } from './requestsSearch';

export const stateWords: Record<AccessRequestState, MessageDescriptor> = {
  PENDING: msg`Waiting`,
  APPROVED: msg`Approved`,
  DECLINED: msg`Declined`,
  WITHDRAWN: msg`Withdrawn`,
  EXPIRED: msg`Expired`,
};

export const stateTones: Record<AccessRequestState, Tone> = {
  PENDING: 'waiting',
  APPROVED: 'good',
  DECLINED: 'danger',
  WITHDRAWN: 'neutral',
  EXPIRED: 'neutral',
};

export const sideWords: Record<Side, MessageDescriptor> = {
  mine: msg`My own`,
  others: msg`Of others`,
};
