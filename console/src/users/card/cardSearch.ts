import { momentOf } from '../../shared/access/past/moment';
import { oneOf, textOf } from '../../shared/searchParameters';

export const tabs = ['access', 'past', 'activity', 'sessions'] as const;
export type CardTab = (typeof tabs)[number];

/** The lists of what the user had, of which one is shown: the contract accounts, unless the address names another. */
const pastLists = ['delivery', 'services'] as const;
export type PastList = 'contract' | (typeof pastLists)[number];

/** What the address of a user's card says: the open tab, *Access* if it names none, and the page of its list. */
export interface CardSearch {
  tab?: CardTab | undefined;
  /** The earlier time whose access is shown, and the list that is open. */
  at?: string | undefined;
  had?: Exclude<PastList, 'contract'> | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

export function validateCardSearch(search: Record<string, unknown>): CardSearch {
  return {
    tab: oneOf(tabs, search['tab']),
    at: momentOf(search['at']),
    had: oneOf(pastLists, search['had']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}
