import { useState } from 'react';
import type { BulkResultFragment } from '../../gql/graphql';
import type { FieldError } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { type BulkChoice, changeInput, extendInput, generalErrors } from './bulkChange';
import { ChangeUsers, ExtendAccess } from './queries';

/** What the server has said to a choice. */
export interface BulkOutcome {
  isDryRun: boolean;
  changed: number;
  refused: number;
  results: readonly BulkResultFragment[];
  /** Why nobody is changed, apart from single users. */
  errors: readonly FieldError[];
  /** Whether the change is made, or can be. */
  isPossible: boolean;
}

export interface BulkRun {
  outcome: BulkOutcome | null;
  problem: Problem | null;
  sending: 'check' | 'change' | null;
  send: (choice: BulkChoice, options: { isDryRun: boolean }) => Promise<void>;
  /** Forgets the outcome, because the choice is another one. */
  reset: () => void;
}

/** Checks and makes one change of many users. */
export function useBulkChange(users: string[]): BulkRun {
  const change = useWrite(ChangeUsers);
  const extend = useWrite(ExtendAccess);
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState<BulkRun['sending']>(null);
  const write = async (choice: BulkChoice, isDryRun: boolean) => {
    if (choice.kind === 'extend') {
      const { data, problem: failed } = await extend.send({ input: extendInput(users, choice, isDryRun) });
      return { payload: data?.extendAccess, failed };
    }
    const { data, problem: failed } = await change.send({ input: changeInput(users, choice, isDryRun) });
    return { payload: data?.changeUsers, failed };
  };
  const send: BulkRun['send'] = async (choice, { isDryRun }) => {
    setProblem(null);
    setSending(isDryRun ? 'check' : 'change');
    const { payload, failed } = await write(choice, isDryRun);
    setSending(null);
    setProblem(failed);
    if (!payload) return;
    const { results, changed, refused, errors } = payload;
    setOutcome({ isDryRun, changed, refused, results, errors: generalErrors(errors), isPossible: errors.length === 0 && changed > 0 });
  };
  return { outcome, problem, sending, send, reset: () => setOutcome(null) };
}
