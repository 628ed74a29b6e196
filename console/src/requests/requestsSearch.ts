import type { AccessRequestFilter, AccessRequestState } from '../gql/graphql';
import { oneOf, someOf, textOf } from '../shared/searchParameters';
import { pageArguments } from '../shared/ui/Paging';

export const PAGE_SIZE = 25;

export const states: readonly AccessRequestState[] = ['PENDING', 'APPROVED', 'DECLINED', 'WITHDRAWN', 'EXPIRED'];

/** Whose requests are listed. */
export const sides = ['mine', 'others'] as const;
export type Side = (typeof sides)[number];

/** What the address of the list says. `undefined` is the default: everything, the newest page. */
export interface RequestsSearch {
  state?: AccessRequestState[] | undefined;
  of?: Side | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the address; what is malformed is ignored. */
export function validateRequestsSearch(search: Record<string, unknown>): RequestsSearch {
  return {
    state: someOf(states, search['state']),
    of: oneOf(sides, search['of']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The same list narrowed in another way, which begins at its newest page. */
export function changed(search: RequestsSearch, change: Partial<RequestsSearch>): RequestsSearch {
  return { ...search, after: undefined, before: undefined, ...change };
}

/** Whether the list shows only some of the requests. */
export function isFiltered({ state, of }: RequestsSearch): boolean {
  return state !== undefined || of !== undefined;
}

/** The variables of the query. */
export function requestsVariables(search: RequestsSearch) {
  const filter: AccessRequestFilter = { state: search.state, mine: search.of && search.of === 'mine' };
  return { ...pageArguments(search, PAGE_SIZE), filter };
}
