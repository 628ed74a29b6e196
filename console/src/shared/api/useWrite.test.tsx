import { act, renderHook } from '@testing-library/react';
import { type Client, CombinedError, createRequest, type OperationContext, Provider, type TypedDocumentNode } from 'urql';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { useWrite } from './operations';

const { query } = createRequest<object, { email: string }>('mutation Add($email: String!) { add(email: $email) }', { email: '' });

/** A client whose responses are given, and which keeps the keys that were sent. */
function answering(answers: { data?: object; error?: CombinedError }[]) {
  const keys: (string | undefined)[] = [];
  const client = {
    mutation: (_: unknown, __: unknown, context: Partial<OperationContext>) => {
      const headers = (context.fetchOptions as { headers: Record<string, string> }).headers;
      expect(headers['Portico-Session']).toBe('cookie');
      keys.push(headers['Idempotency-Key']);
      return { toPromise: () => Promise.resolve(answers.shift() ?? { data: {} }) };
    },
  } as unknown as Client;
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  const { result } = renderHook(() => useWrite(query as TypedDocumentNode<object, { email: string }>), { wrapper });
  const send = async (email: string) => {
    await act(async () => {
      await result.current.send({ email });
    });
    return keys.at(-1);
  };
  return send;
}

const lost = () => new CombinedError({ networkError: new Error('The connection was reset.') });
const code = (name: string) => new CombinedError({ graphQLErrors: [{ message: name, extensions: { code: name } }] });

test('after a lost response, the same input is sent with the same key', async () => {
  const send = answering([{ error: lost() }, { error: code('UNAVAILABLE') }]);
  const key = await send('a@b.example');
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(await send('a@b.example')).toBe(key);
  expect(await send('a@b.example')).toBe(key);
});

test('after a response, or with another input, the key is new', async () => {
  const send = answering([{ data: {} }, { error: lost() }]);
  const first = await send('a@b.example');
  const second = await send('a@b.example');
  expect(second).not.toBe(first);
  expect(await send('c@b.example')).not.toBe(second);
});

test('where the response is lost for ever, the next attempt is a new one', async () => {
  const send = answering([{ error: code('IDEMPOTENCY_ANSWER_LOST') }]);
  const first = await send('a@b.example');
  expect(await send('a@b.example')).not.toBe(first);
});
