import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { ErrorCode, InvitationState } from '../../gql/graphql';
import type { ServerError } from '../../shared/api/errorWords';
import type { Tone } from '../../shared/ui/Badge';
import type { TypedEmail } from './parseEmails';

/** What has become of one line, or would. */
export interface LineResult extends TypedEmail {
  state: InvitationState;
  /** Why it is refused. */
  errors: readonly ServerError[];
  /** Whether the same address stands in an earlier line. */
  isRepeated: boolean;
}

export const stateWords: Record<InvitationState, MessageDescriptor> = {
  INVITED: msg`Invited`,
  WOULD_BE_INVITED: msg`Can be invited`,
  NOT_INVITED: msg`Not invited`,
  REFUSED: msg`Refused`,
};

export const stateTones: Record<InvitationState, Tone> = {
  INVITED: 'good',
  WOULD_BE_INVITED: 'good',
  NOT_INVITED: 'waiting',
  REFUSED: 'danger',
};

interface Result {
  state: InvitationState;
  errors: { code: ErrorCode; message: string }[];
}

/** The results beside the lines that were sent. */
export function lineResults(sent: readonly TypedEmail[], results: readonly Result[]): LineResult[] {
  return results.flatMap(({ state, errors }, place) => {
    const line = sent[place];
    const isRepeated = errors.some(({ code }) => code === 'DUPLICATE');
    return line ? [{ ...line, state, errors, isRepeated }] : [];
  });
}

/** What stays in the field after an invitation: the refused addresses, a line each. One that only repeats another is done
 *  with that one. */
export function remainingText(results: readonly LineResult[]): string {
  return results.flatMap(({ state, email, isRepeated }) => (state === 'INVITED' || isRepeated ? [] : [email])).join('\n');
}

/** The results with the refused ones first, which are to be corrected. */
export function refusedFirst(results: readonly LineResult[]): LineResult[] {
  return [...results.filter(({ state }) => state === 'REFUSED'), ...results.filter(({ state }) => state !== 'REFUSED')];
}

export function countOf(results: readonly LineResult[], state: InvitationState): number {
  return results.filter((result) => result.state === state).length;
}
