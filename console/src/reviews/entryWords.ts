import { i18n } from '@lingui/core';
import type { Permission } from '../gql/graphql';
import { permissionWords } from '../users/permissionWords';
import type { Entry } from './reviewsQuery';

/** The permission or the account of an entry, or how many accounts; empty if it is about nothing. */
export function whatText({ kind, name, accounts }: Pick<Entry, 'kind' | 'name' | 'accounts'>): string {
  if (kind !== 'PERMISSION') return name ?? (accounts == null ? '' : i18n.number(accounts));
  const known = permissionWords[name as Permission] as (typeof permissionWords)[Permission] | undefined;
  return known ? i18n._(known.name) : (name ?? '');
}
