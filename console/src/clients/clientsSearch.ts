import { oneOf, textOf } from '../shared/searchParameters';
import { pageArguments, type Position } from '../shared/ui/Paging';

export const PAGE_SIZE = 10;

const acts = ['new', 'rotate', 'retire', 'revoke'] as const;

/** What the address of the API clients says. */
export interface ClientsSearch extends Position {
  search?: string | undefined;
  /** The revoked ones are shown instead of those that work. */
  state?: 'revoked' | undefined;
  /** The dialog that is open. */
  act?: (typeof acts)[number] | undefined;
  /** The API client that the dialog is about. */
  client?: string | undefined;
  /** The secret that is to be retired. */
  secret?: string | undefined;
}

export function validateClientsSearch(search: Record<string, unknown>): ClientsSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    state: oneOf(['revoked'], search['state']),
    act: oneOf(acts, search['act']),
    client: textOf(search['client']),
    secret: textOf(search['secret']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The variables of the list's query. */
export function clientsVariables({ search, state, after, before }: ClientsSearch) {
  return { ...pageArguments({ after, before }, PAGE_SIZE), filter: { search, revoked: state === 'revoked' } };
}
