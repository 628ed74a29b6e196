import { i18n, type MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AccessConditionKind, Permission } from '../../gql/graphql';
import { permissionWords } from '../../users/permissionWords';
import type { Condition } from './explainQuery';

type Words = (names: string, first: string) => { holds: MessageDescriptor; fails: MessageDescriptor };

/** The server's own sentences are English: these say the same. */
const words: Partial<Record<AccessConditionKind, Words>> = {
  PERMISSION: (_, first) => {
    const known = permissionWords[first as Permission] as (typeof permissionWords)[Permission] | undefined;
    const name = known ? i18n._(known.name) : first;
    return { holds: msg`They have the permission ${name}.`, fails: msg`They don’t have the permission ${name}.` };
  },
  AUDIENCE: (_, first) =>
    first === 'ORGANIZATION'
      ? { holds: msg`They are a user of the organization itself.`, fails: msg`They are not a user of the organization itself.` }
      : { holds: msg`They are a user of an end customer.`, fails: msg`They are not a user of an end customer.` },
  ALL_CONTRACT_ACCOUNTS: () => ({ holds: msg`They have all contract accounts.`, fails: msg`They don’t have all contract accounts.` }),
  ALL_DELIVERY_ACCOUNTS: () => ({ holds: msg`They have all delivery accounts.`, fails: msg`They don’t have all delivery accounts.` }),
  ORGANIZATION: () => ({ holds: msg`It belongs to their organization.`, fails: msg`It belongs to another organization.` }),
  GRANT: (names) => ({ holds: msg`They were given ${names}.`, fails: msg`They were not given ${names}.` }),
  CONNECTION: (names) => ({
    holds: msg`It is connected with what they have through ${names}.`,
    fails: msg`Nothing connects it with what they have.`,
  }),
};

/** Whether a condition holds, in a sentence in the language of the page. In English, that is the server's. */
export function conditionText({ kind, names, sentence, holds }: Condition): string {
  return (i18n.locale === 'en' ? undefined : conditionSentence(kind, names, holds)) ?? sentence;
}

/** Whether a condition of this kind holds, in a sentence in the language of the page; undefined for other kinds. */
export function conditionSentence(kind: AccessConditionKind, names: readonly string[], holds: boolean): string | undefined {
  const known = words[kind]?.(names.join(', '), names[0] ?? '');
  return known && i18n._(holds ? known.holds : known.fails);
}
