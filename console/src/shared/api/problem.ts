import type { CombinedError } from 'urql';

/** Why an operation failed as a whole, as far as a person can do something about it. */
export type ProblemKind = 'offline' | 'unreachable' | 'timeout' | 'busy' | 'unavailable' | 'version' | 'failed';

export interface Problem {
  kind: ProblemKind;
  /** The id under which the operator finds the request in the logs. */
  requestId: string | null;
  /** How long to wait before the next attempt, in seconds; null if the server named no time. */
  retryAfter: number | null;
  /** The argument whose value isn't well formed, such as an `id` from a mistyped address. */
  argument?: string;
}

const BUSY = ['THROTTLED', 'RATE_LIMITED', 'IDEMPOTENCY_IN_PROGRESS'];
const UNAVAILABLE = ['UNAVAILABLE'];
const OTHER_VERSION = ['DOCUMENT_NOT_FOUND', 'DOCUMENT_NOT_TRUSTED'];

/** The codes of the errors that stopped an operation; empty if there were none, or if the network is down. */
export function codesOf(error: CombinedError | undefined): string[] {
  return error?.graphQLErrors.map(({ extensions }) => String(extensions['code'])) ?? [];
}

/** Describes an error that stopped an operation. */
export function problemOf(error: CombinedError): Problem {
  const response = error.response as Response | undefined;
  const requestId = error.graphQLErrors.map(({ extensions }) => extensions['requestId']).find((id) => typeof id === 'string');
  const argument = error.graphQLErrors.map(({ extensions }) => extensions['argument']).find((name) => typeof name === 'string');
  const seconds = Number(response?.headers.get('Retry-After') ?? NaN);
  return {
    kind: kindOf(error, response?.status),
    requestId: requestId ?? response?.headers.get('X-Request-Id') ?? null,
    retryAfter: Number.isFinite(seconds) ? seconds : null,
    ...(argument !== undefined && { argument }),
  };
}

function kindOf(error: CombinedError, status: number | undefined): ProblemKind {
  const codes = codesOf(error);
  const has = (known: readonly string[]): boolean => codes.some((code) => known.includes(code));
  if (has(OTHER_VERSION)) return 'version';
  if (status === 429 || has(BUSY)) return 'busy';
  if (status === 502 || status === 503 || status === 504 || has(UNAVAILABLE)) return 'unavailable';
  if (has(['TIMED_OUT']) || error.networkError?.name === 'TimeoutError') return 'timeout';
  if (error.networkError && status === undefined) return navigator.onLine ? 'unreachable' : 'offline';
  return 'failed';
}
