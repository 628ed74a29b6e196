import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AuditKind } from '../gql/graphql';

/** What has happened, in the order in which it is offered. */
export const kindWords: Record<AuditKind, MessageDescriptor> = {
  USER_CREATED: msg`User added`,
  USER_INVITED: msg`User invited`,
  USER_ACTIVATED: msg`User activated`,
  USER_UPDATED: msg`User edited`,
  USER_ACTIVATION_RESENT: msg`Activation email sent again`,
  USER_REMOVED: msg`User removed`,
  USER_RESTORED: msg`User restored`,
  USER_ERASED: msg`Personal data of a user erased`,
  USER_EXPORTED: msg`Personal data of a user exported`,
  USER_VIEWED_AS: msg`Viewed as the user`,
  USER_VIEW_ENDED: msg`Stopped viewing as the user`,
  USER_PASSWORD_CHANGED: msg`Password changed`,
  USER_PASSWORD_REFUSED: msg`Incorrect current password`,
  USER_PASSWORD_RESET_REQUESTED: msg`Password reset requested`,
  USER_PASSWORD_RESET: msg`Password reset`,
  USER_END_ANNOUNCED: msg`End of access announced`,
  USER_DORMANCY_WARNED: msg`Inactive user warned`,
  SESSION_STARTED: msg`Signed in`,
  SESSION_REFUSED: msg`Sign-in refused`,
  SESSION_ENDED: msg`Signed out`,
  MUTATION_REFUSED: msg`Change denied`,
  QUERY_REFUSED: msg`Query denied`,
  ORGANIZATION_CREATED: msg`Organization created`,
  ORGANIZATION_EXPORTED: msg`Organization exported`,
  ORGANIZATION_DELETED: msg`Organization deleted`,
  ORGANIZATION_SETTINGS_CHANGED: msg`Settings changed`,
  CONTRACT_ACCOUNT_CREATED: msg`Contract account created`,
  DELIVERY_ACCOUNT_CREATED: msg`Delivery account created`,
  SERVICE_CREATED: msg`Service created`,
  SERVICES_IMPORTED: msg`Services imported`,
  ACCESS_REVIEW_CREATED: msg`Access review created`,
  ACCESS_REVIEW_RECORDED: msg`Access review complete`,
  ACCESS_REVIEW_DECIDED: msg`Access review entries marked`,
  ACCESS_REVIEW_SIGNED_OFF: msg`Access review signed off`,
  ACCESS_TEMPLATE_CREATED: msg`Access template created`,
  ACCESS_TEMPLATE_UPDATED: msg`Access template changed`,
  ACCESS_TEMPLATE_REMOVED: msg`Access template removed`,
  API_CLIENT_CREATED: msg`API client created`,
  API_CLIENT_SECRET_ROTATED: msg`Secret of an API client added`,
  API_CLIENT_SECRET_RETIRED: msg`Secret of an API client retired`,
  API_CLIENT_REVOKED: msg`API client revoked`,
  ACCESS_TOKEN_ISSUED: msg`Access token issued`,
  ACCESS_TOKEN_REFUSED: msg`Access token refused`,
  ACCESS_TOKEN_REVOKED: msg`Access token revoked`,
  ACCESS_REQUEST_CREATED: msg`Access requested`,
  ACCESS_REQUEST_APPROVED: msg`Access request approved`,
  ACCESS_REQUEST_DECLINED: msg`Access request declined`,
  ACCESS_REQUEST_WITHDRAWN: msg`Access request withdrawn`,
  ACCESS_REQUEST_EXPIRED: msg`Access request expired`,
};

export const auditKinds = Object.keys(kindWords) as AuditKind[];

/** Actions that were denied or refused, which are marked. */
export const refusals: readonly AuditKind[] = [
  'MUTATION_REFUSED',
  'QUERY_REFUSED',
  'SESSION_REFUSED',
  'USER_PASSWORD_REFUSED',
  'ACCESS_TOKEN_REFUSED',
];
