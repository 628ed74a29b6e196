import { i18n, type MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AccessReasonKind } from '../gql/graphql';
import { conditionSentence } from '../shared/access/conditionWords';
import type { Entry } from './reviewsQuery';

type Reason = Entry['reasons'][number];

export const givenWords: Record<Exclude<AccessReasonKind, 'POLICY'>, MessageDescriptor> = {
  GIVEN: msg`It was given to them.`,
  GIVEN_BEFORE_ACTIVATION: msg`It was given to them, and takes effect when they activate.`,
  GIVEN_BEFORE_REMOVAL: msg`It was given to them before they were removed, and has no effect.`,
};

export const nothingWords = msg`They have no permission and no account.`;

/** The reasons why a user has what the entry says, each in sentences in the language of the page. */
export function reasonTexts({ kind, reasons, why }: Pick<Entry, 'kind' | 'reasons' | 'why'>): string[] {
  if (kind === 'NOTHING') return [i18n._(nothingWords)];
  // Old reviews have their reasons in words only.
  return reasons.length > 0 ? reasons.map(reasonText) : [why];
}

function reasonText({ kind, conditions }: Reason): string {
  if (kind !== 'POLICY') return i18n._(givenWords[kind]);
  return conditions.map(({ kind: about, name, holds }) => conditionSentence(about, name ? [name] : [], holds) ?? `${name ?? about}.`).join(' ');
}
