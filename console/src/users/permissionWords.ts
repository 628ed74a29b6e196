import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { Permission } from '../gql/graphql';

/** The name of each permission, and what it opens: as the API says it, in the languages of the console. */
export const permissionWords: Record<Permission, { name: MessageDescriptor; opens: MessageDescriptor }> = {
  SITES_SERVICES_VIEW: {
    name: msg`Sites & services: view`,
    opens: msg`View sites, services, and accounts within the user’s account access. Every user has this permission.`,
  },
  SUPPORT_VIEW: { name: msg`Support: view`, opens: msg`View support cases and maintenance.` },
  SUPPORT_EDIT: { name: msg`Support: edit`, opens: msg`Create and update support cases. Includes viewing them.` },
  ORDERS_VIEW: { name: msg`Orders: view`, opens: msg`View service delivery.` },
  ORDERS_APPROVE: { name: msg`Orders: approve`, opens: msg`Place and approve orders.` },
  BILLING_VIEW: { name: msg`Billing: view`, opens: msg`View financial details of contract accounts: VAT number, billing email, currency.` },
  DEVELOPER_PORTAL: { name: msg`Developer portal`, opens: msg`Create API clients.` },
  USER_MANAGEMENT: { name: msg`User management`, opens: msg`Manage users. A user with this permission is an admin.` },
};
