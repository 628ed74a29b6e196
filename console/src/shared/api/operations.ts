import { useEffect, useState } from 'react';
import { type AnyVariables, type TypedDocumentNode, useClient, useQuery } from 'urql';
import { Attempts } from './attempts';
import { once } from './client';
import { sendable } from './document';
import { codesOf, type Problem, problemOf } from './problem';

/** A read takes longer than people expect after this time, in milliseconds. */
const SLOW = 4_000;

export interface Read<Data> {
  /** The newest data that there is; while other variables are read, the data of the former ones. */
  data: Data | undefined;
  /** Whether a response is awaited. */
  isReading: boolean;
  /** Whether it is awaited for longer than people expect. */
  isSlow: boolean;
  problem: Problem | null;
  retry: () => void;
}

/** Reads the data of a screen, and again whenever the variables change; nothing is read during a `pause`. */
export function useRead<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false } = {},
): Read<Data> {
  const options = { query: sendable(document), variables, pause, requestPolicy: 'cache-and-network' } as Parameters<
    typeof useQuery<Data, Variables>
  >[0];
  const [{ data, fetching, stale, error }, execute] = useQuery<Data, Variables>(options);
  const isReading = fetching || stale;
  return {
    data,
    isReading,
    isSlow: useIsLasting(isReading),
    problem: error ? problemOf(error) : null,
    retry: () => execute({ requestPolicy: 'network-only' }),
  };
}

function useIsLasting(isReading: boolean): boolean {
  const [isLasting, setLasting] = useState(false);
  useEffect(() => {
    if (!isReading) return;
    const timer = setTimeout(() => setLasting(true), SLOW);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [isReading]);
  return isLasting;
}

export type Written<Data> = { data: Data; problem: null } | { data: null; problem: Problem };

export interface Write<Data, Variables> {
  /** Sends the mutation. Errors that a person can correct are in the payload; `problem` is anything else. */
  send: (variables: Variables) => Promise<Written<Data>>;
  isSending: boolean;
}

/** Prepares a mutation, which is done once even if its response is lost and the person sends it again. Lists and objects
 *  with what it changed are read again. */
export function useWrite<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
): Write<Data, Variables> {
  const client = useClient();
  const [isSending, setSending] = useState(false);
  const [attempts] = useState(() => new Attempts());
  const send = async (variables: Variables): Promise<Written<Data>> => {
    setSending(true);
    const context = once(attempts.keyFor(variables));
    const { data, error } = await client.mutation<Data, Variables>(sendable(document), variables, context).toPromise();
    setSending(false);
    if (!error || codesOf(error).includes('IDEMPOTENCY_ANSWER_LOST')) attempts.end();
    if (error) return { data: null, problem: problemOf(error) };
    return data ? { data, problem: null } : { data: null, problem: { kind: 'failed', requestId: null, retryAfter: null } };
  };
  return { send, isSending };
}
