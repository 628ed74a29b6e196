import type { CreateOrganizationInput, UserKind } from '../gql/graphql';
import { errorText } from '../shared/api/errorWords';
import type { FieldError } from '../shared/api/fieldErrors';
import type { Person } from '../users/person/person';
import { namesOf } from './NamesField';
import { refusalWords } from './refusalWords';

/** What is typed about an organization and its first admin. Accounts are names on lines. */
export interface NewOrganization extends Person {
  name: string;
  contracts: string;
  deliveries: string;
  kind: UserKind;
  email: string;
}

export const NOTHING: NewOrganization = {
  name: '',
  contracts: '',
  deliveries: '',
  kind: 'PERSONAL',
  email: '',
  firstName: '',
  lastName: '',
  phone: '',
  country: '',
};

export function inputOf(draft: NewOrganization): CreateOrganizationInput {
  const { name, contracts, deliveries, kind, email, firstName, lastName, phone, country } = draft;
  return {
    name,
    contractAccounts: namesOf(contracts),
    deliveryAccounts: namesOf(deliveries),
    admin: { kind, email, firstName, lastName, phone: phone.trim() || null, country: country || null },
  };
}

/** The messages by field, in words; those of a list of names say which one they are about. */
export function messagesOf(errors: readonly FieldError[]): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const error of errors) {
    const [, first = '', second = ''] = error.path;
    const message = errorText(error, refusalWords);
    const isListed = /^\d+$/.test(second);
    (messages[first === 'admin' ? second : first] ??= []).push(isListed ? `${Number(second) + 1}: ${message}` : message);
  }
  return messages;
}
