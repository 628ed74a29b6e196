import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { stateWords as requestStateWords } from '../requests/words';
import { kindWords as accessKindWords, stateWords as reviewStateWords } from '../reviews/words';
import { statusWords as serviceStatusWords } from '../services/words';
import { permissionWords } from '../users/permissionWords';
import { audienceWords, kindWords, statusWords } from '../users/words';
import type { AuditEntry } from './activityQuery';
import { denialWords, fieldWords, operationWords } from './fieldWords';

const permissionNames = Object.fromEntries(Object.entries(permissionWords).map(([permission, { name }]) => [permission, name]));

/** The words of the API's enums, by field; `BASIC_READ` and the like are the stored scopes of API clients. */
const enumWords: Record<string, Record<string, MessageDescriptor | undefined>> = {
  permissions: permissionNames,
  permission: permissionNames,
  kind: { ...accessKindWords, ...kindWords },
  state: { ...reviewStateWords, ...requestStateWords },
  audience: audienceWords,
  status: { ...serviceStatusWords, ...statusWords },
  operation: operationWords,
  reason: { dormant: msg`not active for a long time` },
  billing: { vatNumber: msg`VAT number`, billingEmail: msg`Billing email`, currency: msg`Currency` },
};

type Entry = Record<string, unknown>;

/** Says the values of an event's changes in words: permissions and accounts by their names. */
export function useValueWords({ resources, kind }: Pick<AuditEntry, 'resources' | 'kind'>) {
  const { i18n, t } = useLingui();
  const named = new Map(resources.map(({ id, name }) => [id, name]));
  const time = (value: unknown) => (typeof value === 'string' ? i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' }) : '');
  const text = (field: string, value: string): string => {
    const known = field === 'status' && kind === 'SERVICE_CREATED' ? serviceStatusWords[value as 'ACTIVE'] : enumWords[field]?.[value];
    if (known) return i18n._(known);
    if (field === 'endsAt') return time(value);
    if (field === 'country') return new Intl.DisplayNames(i18n.locale, { type: 'region' }).of(value) ?? value;
    return named.get(value) ?? value;
  };
  const entry = (value: Entry): string => {
    if ('code' in value) return denial(value);
    const given = value['permission'] ?? value['account'];
    const name = typeof given === 'string' ? text('permissions', given) : JSON.stringify(value);
    const end = time(value['endsAt']);
    return end ? t`${name}, until ${end}` : name;
  };
  const denial = ({ code, path }: Entry): string => {
    const words = denialWords[String(code)];
    const reason = words ? i18n._(words) : String(code);
    const place: unknown = Array.isArray(path) ? path[1] : undefined;
    // Without the id, everything that was tried is denied.
    return typeof place === 'string' && place !== 'id' ? `${label(place)}: ${reason}` : reason;
  };
  const label = (field: string): string => {
    const words = fieldWords[field];
    return words ? i18n._(words) : field;
  };
  const value = (field: string, of: unknown): string => {
    if (typeof of === 'boolean') return of ? t`yes` : t`no`;
    if (typeof of === 'string') return text(field, of);
    if (typeof of === 'number') return i18n.number(of);
    return typeof of === 'object' && of !== null ? entry(of as Entry) : '–';
  };
  return { label, value };
}
