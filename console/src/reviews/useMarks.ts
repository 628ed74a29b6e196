import { useState } from 'react';
import type { AccessReviewDecision } from '../gql/graphql';
import { errorText } from '../shared/api/errorWords';
import type { FieldError } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useSaid } from '../shared/useSaid';
import { DecideEntries, type Entry } from './reviewsQuery';

/** Marks entries of a review. What is being sent shows at once; what is wrong with an entry is kept by its id. */
export function useMarks(review: string) {
  const { send, isSending } = useWrite(DecideEntries);
  const [sent, setSent] = useState<Record<string, AccessReviewDecision>>({});
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const mark = async (entries: readonly Entry[], decision: AccessReviewDecision) => {
    const ids = entries.map(({ id }) => id);
    setProblem(null);
    setErrors(() => ({}));
    setSent(Object.fromEntries(ids.map((id) => [id, decision])));
    const written = await send({ review, decisions: ids.map((entry) => ({ entry, decision })) });
    if (written.problem) setProblem(written.problem);
    const found = written.data?.decideAccessReviewEntries.errors ?? [];
    setErrors(() => messagesByEntry(ids, found));
    // The page is read again.
    if (written.problem || found.length > 0) setSent({});
  };
  const shown = (entry: Entry): Entry => ({ ...entry, decision: sent[entry.id] ?? entry.decision });
  return { mark: (entries: readonly Entry[], decision: AccessReviewDecision) => void mark(entries, decision), shown, errors, problem, isSending };
}

/** The messages by the ids of the entries that were sent; those of no entry are under ''. */
function messagesByEntry(sent: readonly string[], errors: readonly FieldError[]): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const error of errors) (messages[sent[Number(error.path[2] ?? 0)] ?? ''] ??= []).push(errorText(error));
  return messages;
}
