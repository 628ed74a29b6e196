import { oneOf, textOf } from '../shared/searchParameters';
import { pageArguments } from '../shared/ui/Paging';

export const PAGE_SIZE = 10;

/** What the address of the accounts says. */
export interface AccountsSearch {
  search?: string | undefined;
  /** Which accounts are listed: contract accounts, unless it says *delivery*. */
  kind?: 'delivery' | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

export function validateAccountsSearch(search: Record<string, unknown>): AccountsSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    kind: oneOf(['delivery'], search['kind']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The variables of the query. */
export function accountsVariables({ search, kind, after, before }: AccountsSearch) {
  return { ...pageArguments({ after, before }, PAGE_SIZE), search: search ?? null, isDelivery: kind === 'delivery' };
}
