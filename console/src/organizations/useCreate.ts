import { useState } from 'react';
import type { AnyVariables, TypedDocumentNode } from 'urql';
import { type FieldError, messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useSaid } from '../shared/useSaid';
import { refusalWords } from './refusalWords';

/** A form that creates something: what is wrong with its fields, and what it made last. */
export function useCreate<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
  errorsOf: (data: Data) => readonly FieldError[],
) {
  const { send, isSending } = useWrite(document);
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [created, setCreated] = useState('');
  /** Creates what is called `name`; returns whether it did. */
  const create = async (variables: Variables, name: string): Promise<boolean> => {
    setErrors(() => ({}));
    setCreated('');
    const { data, problem: failed } = await send(variables);
    setProblem(failed);
    if (!data) return false;
    const found = errorsOf(data);
    setErrors(() => messagesByField(found, refusalWords));
    if (found.length === 0) setCreated(name);
    return found.length === 0;
  };
  return { create, isSending, errors, problem, created };
}
