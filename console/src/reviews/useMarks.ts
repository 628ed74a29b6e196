import { useState } from 'react';
import type { AccessReviewDecision } from '../gql/graphql';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { DecideEntries, type Entry } from './reviewsQuery';

/** Marks entries of a review. What is being sent shows at once; what is wrong with an entry is kept by its id. */
export function useMarks(review: string) {
  const { send, isSending } = useWrite(DecideEntries);
  const [sent, setSent] = useState<Record<string, AccessReviewDecision>>({});
  const [errors, setErrors] = useState<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const mark = async (entries: readonly Entry[], decision: AccessReviewDecision) => {
    const ids = entries.map(({ id }) => id);
    setProblem(null);
    setErrors({});
    setSent(Object.fromEntries(ids.map((id) => [id, decision])));
    const written = await send({ review, decisions: ids.map((entry) => ({ entry, decision })) });
    if (written.problem) setProblem(written.problem);
    const found: Record<string, string[]> = {};
    for (const { message, path } of written.data?.decideAccessReviewEntries.errors ?? []) {
      (found[ids[Number(path[2] ?? 0)] ?? ''] ??= []).push(message);
    }
    setErrors(found);
    // The page is read again.
    if (written.problem || Object.keys(found).length > 0) setSent({});
  };
  const shown = (entry: Entry): Entry => ({ ...entry, decision: sent[entry.id] ?? entry.decision });
  return { mark: (entries: readonly Entry[], decision: AccessReviewDecision) => void mark(entries, decision), shown, errors, problem, isSending };
}
