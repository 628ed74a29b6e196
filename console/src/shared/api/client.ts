import { authExchange } from '@urql/exchange-auth';
import {
  cacheExchange,
  Client,
  CombinedError,
  type Exchange,
  fetchExchange,
  makeOperation,
  mapExchange,
  type Operation,
  type OperationResult,
} from 'urql';
import { apiUrl } from '../configuration';
import { announceNewVersion } from '../version';
import { codesOf, problemOf } from './problem';
import { endViewAs, viewAsHeader } from './viewAs';

/** How long the page waits for a response, in milliseconds. The server ends everything earlier. */
const TIMEOUT = 60_000;

/** The code of a mutation that asks again who sends it. */
const PROOF = 'REAUTHENTICATION_REQUIRED';

/** The header without which the server ignores the session's cookie: no form of another page can send it. */
const HEADERS = { 'Portico-Session': 'cookie' };

/** A client for signing in and out, and for what needs no session: its errors come back as they are. */
export function createPlainClient(): Client {
  return newClient([fetchExchange], onlyQueriesAsViewed);
}

/** A client for everything else. When the session has ended, requests wait until `signInAgain` resolves, and are then
 *  sent again. So do mutations until `askForProof` resolves, if the server wants to know again who sends them. */
export function createClient(signInAgain: () => Promise<void>, askForProof: () => Promise<void>): Client {
  const auth = authExchange(() =>
    Promise.resolve({
      addAuthToOperation: (operation) => operation,
      didAuthError: (error) => codesOf(error).includes('UNAUTHENTICATED'),
      refreshAuth: signInAgain,
    }),
  );
  const proof = authExchange(() =>
    Promise.resolve({
      addAuthToOperation: (operation) => operation,
      didAuthError: (error) => codesOf(error).includes(PROOF),
      refreshAuth: askForProof,
    }),
  );
  const refused = mapExchange({ onResult: withoutProofError });
  return newClient([cacheExchange, refused, auth, proof, mapExchange({ onResult: withSessionError }), fetchExchange], asViewed);
}

/** The context of a mutation that the server does once, whatever becomes of its response. */
export function once(key: string) {
  return { fetchOptions: { headers: { ...HEADERS, 'Idempotency-Key': key } } };
}

function newClient(exchanges: Exchange[], onOperation: (operation: Operation) => Operation): Client {
  return new Client({
    url: apiUrl,
    exchanges: [mapExchange({ onOperation, onError: notice }), ...exchanges],
    preferGetMethod: false,
    fetchOptions: { headers: HEADERS },
    fetch: (input, init) => fetch(input, { ...init, signal: limited(init?.signal) }),
  });
}

/** Everything is sent as the user whom the person views as: the server reads it so, and refuses to change anything. */
function asViewed(operation: Operation): Operation {
  const { fetchOptions } = operation.context;
  const own = typeof fetchOptions === 'function' ? fetchOptions() : fetchOptions;
  const headers = { ...(own?.headers as Record<string, string>), ...viewAsHeader() };
  return makeOperation(operation.kind, operation, { ...operation.context, fetchOptions: { ...own, headers } });
}

/** Signing in and out is the person's own. */
function onlyQueriesAsViewed(operation: Operation): Operation {
  return operation.kind === 'query' ? asViewed(operation) : operation;
}

/** A document that the server doesn't know is one of another version. A view that has ended is left. */
function notice(error: CombinedError): void {
  if (codesOf(error).includes('VIEW_AS_ENDED')) endViewAs();
  if (problemOf(error).kind === 'version') announceNewVersion();
}

function limited(signal: AbortSignal | null | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(TIMEOUT);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** A mutation reports an ended session in its payload, and a query of the viewer as null: both become the error that
 *  other queries return. So does a proof that it asks for. */
export function withSessionError<Result extends OperationResult>(result: Result): Result {
  const data = result.data as Record<string, unknown> | null | undefined;
  if (!data || result.error) return result;
  const payloads = Object.values(data) as ({ errors?: { code: string }[] } | null)[];
  const codes = payloads.flatMap((payload) => payload?.errors?.map(({ code }) => code) ?? []);
  if (data['viewer'] === null || codes.includes('UNAUTHENTICATED')) return failed(result, 'UNAUTHENTICATED', 'The session has ended.');
  return codes.includes(PROOF) ? failed(result, PROOF, 'A proof is needed.') : result;
}

function failed<Result extends OperationResult>(result: Result, code: string, message: string): Result {
  return { ...result, error: new CombinedError({ graphQLErrors: [{ message, extensions: { code } }] }) };
}

/** Whoever gives no proof gets what the server says in the payload. */
export function withoutProofError<Result extends OperationResult>(result: Result): Result {
  return codesOf(result.error).includes(PROOF) ? { ...result, error: undefined } : result;
}
