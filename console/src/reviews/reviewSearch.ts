import type { AccessKind, AccessReviewDecision, AccessReviewEntryFilter } from '../gql/graphql';
import { oneOf, someOf, textOf } from '../shared/searchParameters';
import { pageArguments, type Position } from '../shared/ui/Paging';
import { reasonWords } from './reasonSearch';

export const PAGE_SIZE = 25;

export const kinds: readonly AccessKind[] = [
  'PERMISSION',
  'CONTRACT_ACCOUNT',
  'ALL_CONTRACT_ACCOUNTS',
  'DELIVERY_ACCOUNT',
  'ALL_DELIVERY_ACCOUNTS',
  'NOTHING',
];
export const marks: readonly Mark[] = ['NONE', 'KEEP', 'TAKE_AWAY'];

/** What an entry is marked with, or that it isn't marked. */
export type Mark = AccessReviewDecision | 'NONE';

/** What the address of a review says. */
export interface ReviewSearch extends Position {
  search?: string | undefined;
  why?: string | undefined;
  /** The id of the one user whose access is shown. */
  user?: string | undefined;
  /** The id of the one account. */
  account?: string | undefined;
  kind?: AccessKind[] | undefined;
  mark?: Mark | undefined;
  /** A day: access that ended before it, `2026-12-31`. */
  ends?: string | undefined;
  act?: 'sign-off' | undefined;
}

export function validateReviewSearch(search: Record<string, unknown>): ReviewSearch {
  const ends = textOf(search['ends']);
  return {
    search: textOf(search['search'])?.slice(0, 200),
    why: textOf(search['why'])?.slice(0, 200),
    user: textOf(search['user']),
    account: textOf(search['account']),
    kind: someOf(kinds, search['kind']),
    mark: oneOf(marks, search['mark']),
    ends: ends && /^\d{4}-\d\d-\d\d$/.test(ends) && !Number.isNaN(Date.parse(ends)) ? ends : undefined,
    act: oneOf(['sign-off'], search['act']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The same entries narrowed in another way, which begin at their first page. */
export function changed(search: ReviewSearch, change: Partial<ReviewSearch>): ReviewSearch {
  return { ...search, after: undefined, before: undefined, ...change };
}

/** Whether only some of the entries are shown. */
export function isFiltered({ search, why, user, account, kind, mark, ends }: ReviewSearch): boolean {
  return [search, why, user, account, kind, mark, ends].some((value) => value !== undefined);
}

export function entryFilter({ search, why, user, account, kind, mark, ends }: ReviewSearch): AccessReviewEntryFilter {
  return {
    search,
    reasons: reasonWords(why),
    users: user ? [user] : undefined,
    // The server says which kind of account an id is of.
    contractAccounts: account?.startsWith('ca_') ? [account] : undefined,
    deliveryAccounts: account?.startsWith('da_') ? [account] : undefined,
    kind,
    decided: mark === 'NONE' ? false : undefined,
    decision: mark && mark !== 'NONE' ? [mark] : undefined,
    endsBefore: ends ? new Date(`${ends}T00:00`).toISOString() : undefined,
  };
}

/** The variables of a review's query. */
export function reviewVariables(id: string, search: ReviewSearch) {
  const { user, account, after, before } = search;
  const named = [user, account].filter((each) => each !== undefined);
  return { id, ...pageArguments({ after, before }, PAGE_SIZE), filter: entryFilter(search), named };
}
