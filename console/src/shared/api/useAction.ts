import { useState } from 'react';
import type { AnyVariables, TypedDocumentNode } from 'urql';
import { useSaid } from '../useSaid';
import { errorTexts, type ServerError } from './errorWords';
import { useWrite } from './operations';
import type { Problem } from './problem';

interface Payload {
  errors: readonly ServerError[];
}

export interface Action {
  run: () => void;
  isSending: boolean;
  problem: Problem | null;
  /** What the server says against it. */
  errors: readonly string[];
}

/** A mutation behind the one button of a dialog: `onDone` is called when it has succeeded. */
export function useAction<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  payloadOf: (data: Data) => Payload,
  onDone: () => void,
): Action {
  const { send, isSending } = useWrite(document);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<readonly string[]>([]);
  const run = async () => {
    setProblem(null);
    setErrors(() => []);
    const written = await send(variables);
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const found = payloadOf(written.data).errors;
    setErrors(() => errorTexts(found));
    if (found.length === 0) onDone();
  };
  return { run: () => void run(), isSending, problem, errors };
}
