import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { Scope } from '../gql/graphql';

/** The scopes by the names that programs use, and what each opens. In the order in which they are offered. */
export const scopeWords: Record<Scope, { name: string; opens: MessageDescriptor }> = {
  BASIC_READ: {
    name: 'basic.read',
    opens: msg`Reads your organization, accounts, services and users, as far as you see them.`,
  },
  BILLING_READ: {
    name: 'billing.read',
    opens: msg`Reads billing details, if you may see them. Needs basic.read, too.`,
  },
  USERS_WRITE: {
    name: 'users.write',
    opens: msg`Adds, changes and removes users, as far as you may. It never gives the permissions for the developer portal or for user management, and gives the one for billing only together with billing.read.`,
  },
  EVENTS_READ: {
    name: 'events.read',
    opens: msg`Reads the audit trail, as far as you see it, and the feed of events, if you may. Needs basic.read, too.`,
  },
};

export const allScopes = Object.keys(scopeWords) as Scope[];
