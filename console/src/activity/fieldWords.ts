import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { partWords } from '../users/edit/formWords';

/** The fields that events name; others are said by their names in the API. */
export const fieldWords: Record<string, MessageDescriptor | undefined> = {
  ...partWords,
  allContractAccounts: msg`All contract accounts`,
  allDeliveryAccounts: msg`All delivery accounts`,
  permissionEnds: msg`Ends of permissions`,
  accountEnds: msg`Ends of accounts`,
  status: msg`Status`,
  email: msg`Email address`,
  emails: msg`Email addresses`,
  name: msg`Name`,
  code: msg`Code`,
  city: msg`City`,
  contractAccount: msg`Contract account`,
  deliveryAccount: msg`Delivery account`,
  billing: msg`Billing details`,
  services: msg`Services`,
  note: msg`Note`,
  reason: msg`Reason`,
  state: msg`State`,
  permission: msg`Permission`,
  endsAt: msg`Until`,
  entries: msg`Entries`,
  endNoticeDays: msg`Days before an end`,
  dormantAfterDays: msg`Days until inactive users are removed`,
  dormancyWarningDays: msg`Days between warning and removal`,
  clientId: msg`API client`,
  tokenId: msg`Access token`,
  scopes: msg`Scopes`,
  owner: msg`Owner`,
  secretHint: msg`Last characters of the secret`,
  operation: msg`Tried`,
  errors: msg`Why it was denied`,
};

/** What somebody tried and was denied; others are said by their names in the API. */
export const operationWords: Record<string, MessageDescriptor | undefined> = {
  createUser: msg`Add a user`,
  inviteUsers: msg`Invite users`,
  updateUser: msg`Edit a user`,
  resendActivation: msg`Send the activation email again`,
  removeUser: msg`Remove a user`,
  restoreUser: msg`Restore a user`,
  startViewAs: msg`View as a user`,
  stopViewAs: msg`Stop viewing as a user`,
  createOrganization: msg`Create an organization`,
  updateOrganizationSettings: msg`Change the settings`,
  createContractAccount: msg`Create a contract account`,
  createDeliveryAccount: msg`Create a delivery account`,
  createService: msg`Create a service`,
  createAccessReview: msg`Create an access review`,
  decideAccessReviewEntries: msg`Mark entries of an access review`,
  signOffAccessReview: msg`Sign off an access review`,
  createApiClient: msg`Create an API client`,
  rotateApiClientSecret: msg`Add a secret to an API client`,
  retireApiClientSecret: msg`Retire a secret of an API client`,
  revokeApiClient: msg`Revoke an API client`,
  requestAccess: msg`Request access`,
  approveAccessRequest: msg`Approve an access request`,
  declineAccessRequest: msg`Decline an access request`,
  withdrawAccessRequest: msg`Withdraw an access request`,
  endSession: msg`End a session`,
  accessPreview: msg`Preview access`,
  explainAccess: msg`Ask why a user has access`,
  whoCan: msg`Ask who can see something`,
  emailAvailability: msg`Ask whether an email address is free`,
};

/** Why it was denied. */
export const denialWords: Record<string, MessageDescriptor | undefined> = {
  FORBIDDEN: msg`not allowed`,
  NOT_FOUND: msg`does not exist, or is hidden from them`,
  NOT_ASSIGNABLE: msg`more than they may give`,
  LAST_ADMIN: msg`would leave the organization without an admin`,
};
