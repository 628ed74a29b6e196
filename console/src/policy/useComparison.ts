import { useState } from 'react';
import { useClient } from 'urql';
import { sendable } from '../shared/api/document';
import { type Problem, problemOf } from '../shared/api/problem';
import { ComparePolicy, type Difference } from './policyQuery';

/** How long a comparison may take, with the wait for those of others, in milliseconds. */
const TIMEOUT = 600_000;

const patient: typeof fetch = (input, init) => {
  const timeout = AbortSignal.timeout(TIMEOUT);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout });
};

/** Compares a text with the policy in force on request, for it takes seconds or minutes. */
export function useComparison() {
  const client = useClient();
  const [difference, setDifference] = useState<Difference | null>(null);
  const [compared, setCompared] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isComparing, setComparing] = useState(false);
  const compare = async (source: string) => {
    setComparing(true);
    setProblem(null);
    const context = { requestPolicy: 'network-only', fetch: patient } as const;
    const { data, error } = await client.query(sendable(ComparePolicy), { source }, context).toPromise();
    setComparing(false);
    setProblem(error ? problemOf(error) : null);
    if (!data?.policyDiff) return;
    setDifference(data.policyDiff);
    setCompared(source);
  };
  return { difference, compared, problem, isComparing, compare };
}
