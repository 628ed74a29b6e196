import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AccessKind, AccessReviewState } from '../gql/graphql';
import type { Tone } from '../shared/ui/Badge';
import type { Mark } from './reviewSearch';

export const kindWords: Record<AccessKind, MessageDescriptor> = {
  PERMISSION: msg`Permission`,
  CONTRACT_ACCOUNT: msg`Contract account`,
  ALL_CONTRACT_ACCOUNTS: msg`All contract accounts`,
  DELIVERY_ACCOUNT: msg`Delivery account`,
  ALL_DELIVERY_ACCOUNTS: msg`All delivery accounts`,
  NOTHING: msg`No access`,
};

export const markWords: Record<Mark, MessageDescriptor> = {
  NONE: msg`Not marked yet`,
  KEEP: msg`Keep`,
  TAKE_AWAY: msg`Take away`,
};

export const stateWords: Record<AccessReviewState, MessageDescriptor> = {
  PENDING: msg`Waiting`,
  RUNNING: msg`Being recorded`,
  COMPLETE: msg`To be checked`,
  FAILED: msg`Failed`,
};

export const stateTones: Record<AccessReviewState, Tone> = { PENDING: 'waiting', RUNNING: 'waiting', COMPLETE: 'waiting', FAILED: 'danger' };
