import { i18n } from '@lingui/core';
import type { AccessConditionKind, AccessKind, AccessReasonKind, AccessReasonWord, Permission } from '../gql/graphql';
import { conditionSentence } from '../shared/access/conditionWords';
import { permissionWords } from '../users/permissionWords';
import { givenWords, nothingWords } from './reasonWords';

const MOST_WORDS = 20;

const kinds: readonly AccessConditionKind[] = ['ALL_CONTRACT_ACCOUNTS', 'ALL_DELIVERY_ACCOUNTS', 'ORGANIZATION', 'GRANT', 'CONNECTION'];
const audiences = ['ORGANIZATION', 'DELIVERY'];

type Condition = NonNullable<AccessReasonWord['conditions']>[number];

/** Every condition of which the page has a sentence. Those without a name have one of any. */
function conditions(): Condition[] {
  const permissions = Object.keys(permissionWords) as Permission[];
  return [true, false].flatMap((holds) => [
    ...kinds.map((kind) => ({ kind, holds })),
    ...permissions.map((name) => ({ kind: 'PERMISSION' as const, name, holds })),
    ...audiences.map((name) => ({ kind: 'AUDIENCE' as const, name, holds })),
  ]);
}

/** What is searched for in the reasons, as the server takes it: each word with the sentences of the page in which it occurs. */
export function reasonWords(text: string | undefined): AccessReasonWord[] | undefined {
  const words = (text ?? '').split(/\s+/).filter((word) => word !== '');
  return words.length > 0 ? words.slice(0, MOST_WORDS).map(reasonWord) : undefined;
}

function reasonWord(word: string): AccessReasonWord {
  const isIn = (sentence: string | undefined) => sentence !== undefined && folded(sentence).includes(folded(word));
  const nothing: AccessKind[] = isIn(i18n._(nothingWords)) ? ['NOTHING'] : [];
  return {
    word,
    reasons: (Object.keys(givenWords) as Exclude<AccessReasonKind, 'POLICY'>[]).filter((kind) => isIn(i18n._(givenWords[kind]))),
    conditions: conditions().filter(({ kind, name, holds }) => isIn(conditionSentence(kind, name ? [name] : [], holds ?? true))),
    kinds: nothing,
  };
}

/** Without case and accents, as the server compares. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase();
}
