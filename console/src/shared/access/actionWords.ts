import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AskedAction } from './askedAccess';

interface ActionWords {
  /** The choice. */
  choice: MessageDescriptor;
  question: (name: string) => MessageDescriptor;
  yes: (user: string, name: string) => MessageDescriptor;
  no: (user: string, name: string) => MessageDescriptor;
}

/** What is asked about a thing, and what is answered. */
export const actionWords: Record<AskedAction, ActionWords> = {
  VIEW: {
    choice: msg`See`,
    question: (name) => msg`Who can see ${name}?`,
    yes: (userName, name) => msg`${userName} can see ${name}`,
    no: (userName, name) => msg`${userName} can’t see ${name}`,
  },
  CREATE_USER: {
    choice: msg`Add users`,
    question: (name) => msg`Who can add users to ${name}?`,
    yes: (userName, name) => msg`${userName} can add users to ${name}`,
    no: (userName, name) => msg`${userName} can’t add users to ${name}`,
  },
  REVIEW_ACCESS: {
    choice: msg`Review access`,
    question: (name) => msg`Who can review the access to ${name}?`,
    yes: (userName, name) => msg`${userName} can review the access to ${name}`,
    no: (userName, name) => msg`${userName} can’t review the access to ${name}`,
  },
  CHANGE_SETTINGS: {
    choice: msg`Change settings`,
    question: (name) => msg`Who can change the settings of ${name}?`,
    yes: (userName, name) => msg`${userName} can change the settings of ${name}`,
    no: (userName, name) => msg`${userName} can’t change the settings of ${name}`,
  },
  ASSIGN: {
    choice: msg`Give to users`,
    question: (name) => msg`Who can give users access to ${name}?`,
    yes: (userName, name) => msg`${userName} can give users access to ${name}`,
    no: (userName, name) => msg`${userName} can’t give users access to ${name}`,
  },
  VIEW_BILLING: {
    choice: msg`See billing details`,
    question: (name) => msg`Who can see the billing details of ${name}?`,
    yes: (userName, name) => msg`${userName} can see the billing details of ${name}`,
    no: (userName, name) => msg`${userName} can’t see the billing details of ${name}`,
  },
  UPDATE: {
    choice: msg`Change`,
    question: (name) => msg`Who can change ${name}?`,
    yes: (userName, name) => msg`${userName} can change ${name}`,
    no: (userName, name) => msg`${userName} can’t change ${name}`,
  },
  RESEND_ACTIVATION: {
    choice: msg`Resend activation email`,
    question: (name) => msg`Who can send ${name} an activation email?`,
    yes: (userName, name) => msg`${userName} can send ${name} an activation email`,
    no: (userName, name) => msg`${userName} can’t send ${name} an activation email`,
  },
  REMOVE: {
    choice: msg`Remove`,
    question: (name) => msg`Who can remove ${name}?`,
    yes: (userName, name) => msg`${userName} can remove ${name}`,
    no: (userName, name) => msg`${userName} can’t remove ${name}`,
  },
  RESTORE: {
    choice: msg`Restore`,
    question: (name) => msg`Who can restore ${name}?`,
    yes: (userName, name) => msg`${userName} can restore ${name}`,
    no: (userName, name) => msg`${userName} can’t restore ${name}`,
  },
};
