import { useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { useSaid } from '../../shared/useSaid';
import { accessErrors, accessInput } from '../access/accessChoice';
import { type GivenAccess, givenInput } from '../templates/givenAccess';
import type { TypedEmail } from './parseEmails';
import { InviteUsers } from './queries';
import { type LineResult, lineResults, remainingText } from './results';

/** What the server has said to the lines. */
export interface Outcome {
  isDryRun: boolean;
  results: LineResult[];
}

export interface Invitation {
  /** The results of the newest check or invitation. */
  outcome: Outcome | null;
  /** Those who have been invited on this page before. */
  invited: LineResult[];
  /** The messages by field, as `accessErrors` returns them. */
  errors: Record<string, string[]>;
  problem: Problem | null;
  /** What is under way. */
  sending: 'check' | 'invite' | null;
  send: (lines: readonly TypedEmail[], options: { isDryRun: boolean }) => Promise<void>;
}

/** Checks and sends invitations with the access that is chosen. `onRemaining` gets the lines that are to be corrected. */
export function useInvitation(audience: Audience, choice: GivenAccess, onRemaining: (text: string) => void): Invitation {
  const { send: write } = useWrite(InviteUsers);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [invited, setInvited] = useState<LineResult[]>([]);
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState<Invitation['sending']>(null);
  const send: Invitation['send'] = async (lines, { isDryRun }) => {
    const emails = lines.map(({ email }) => email);
    setProblem(null);
    setErrors(() => ({}));
    setSending(isDryRun ? 'check' : 'invite');
    const { data, problem: failed } = await write({ input: { ...givenInput(audience, choice), emails, mode: 'AS_MANY_AS_POSSIBLE', dryRun: isDryRun } });
    setSending(null);
    setProblem(failed);
    if (!data) return;
    const { results, errors: messages } = data.inviteUsers;
    setErrors(() => accessErrors(messages, accessInput(audience, choice)));
    const found = lineResults(lines, results);
    if (outcome && !outcome.isDryRun) setInvited([...invited, ...outcome.results.filter(({ state }) => state === 'INVITED')]);
    setOutcome({ isDryRun, results: found });
    if (!isDryRun && messages.length === 0) onRemaining(remainingText(found));
  };
  return { outcome, invited, errors, problem, sending, send };
}
