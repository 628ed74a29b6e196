import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AuditKind } from '../../gql/graphql';
import { partWords } from '../edit/formWords';

/** What has happened to a user, or what they did. Kinds that aren't about a user are said by their names. */
export const auditWords: Partial<Record<AuditKind, MessageDescriptor>> = {
  USER_CREATED: msg`Added`,
  USER_INVITED: msg`Invited`,
  USER_ACTIVATED: msg`Activated`,
  USER_UPDATED: msg`Edited`,
  USER_ACTIVATION_RESENT: msg`Activation email sent again`,
  USER_REMOVED: msg`Removed`,
  USER_RESTORED: msg`Restored`,
  USER_PASSWORD_CHANGED: msg`Password changed`,
  USER_PASSWORD_REFUSED: msg`Password change refused: the current password was incorrect`,
  USER_PASSWORD_RESET_REQUESTED: msg`Password reset requested`,
  USER_PASSWORD_RESET: msg`Password reset`,
  SESSION_STARTED: msg`Signed in`,
  SESSION_REFUSED: msg`Sign-in refused`,
  SESSION_ENDED: msg`Signed out`,
};

/** The fields that an event changed; others are said by their names in the API. */
export const fieldWords: Record<string, MessageDescriptor | undefined> = {
  ...partWords,
  allContractAccounts: partWords.contractAccounts,
  allDeliveryAccounts: partWords.deliveryAccounts,
  permissionEnds: partWords.ends,
  accountEnds: partWords.ends,
  status: msg`Status`,
  email: msg`Email address`,
};
