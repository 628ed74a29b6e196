import { oneOf, textOf } from '../../shared/searchParameters';

export const tabs = ['access', 'activity', 'sessions'] as const;
export type CardTab = (typeof tabs)[number];

/** What the address of a user's card says: the open tab, *Access* if it names none, and the page of its list. */
export interface CardSearch {
  tab?: CardTab | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

export function validateCardSearch(search: Record<string, unknown>): CardSearch {
  return { tab: oneOf(tabs, search['tab']), after: textOf(search['after']), before: textOf(search['before']) };
}
