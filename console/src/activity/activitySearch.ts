import type { AuditEventFilter, AuditKind } from '../gql/graphql';
import { someOf, textOf } from '../shared/searchParameters';
import { pageArguments } from '../shared/ui/Paging';
import { auditKinds } from './auditKinds';

export const PAGE_SIZE = 25;

/** What the address of the activity says. `undefined` is the default: everything, the newest page. */
export interface ActivitySearch {
  /** The id of the user who acted. */
  who?: string | undefined;
  /** The id of the user to whom it happened. */
  whom?: string | undefined;
  what?: AuditKind[] | undefined;
  /** The first and the last day, such as 2026-01-31, in the time zone of the browser. */
  from?: string | undefined;
  to?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the address; what is malformed is ignored. */
export function validateActivitySearch(search: Record<string, unknown>): ActivitySearch {
  return {
    who: userId(search['who']),
    whom: userId(search['whom']),
    what: someOf(auditKinds, search['what']),
    from: day(search['from']),
    to: day(search['to']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The same list narrowed in another way, which begins at its newest page. */
export function changed(search: ActivitySearch, change: Partial<ActivitySearch>): ActivitySearch {
  return { ...search, after: undefined, before: undefined, ...change };
}

/** Whether the list shows only some of the events. */
export function isFiltered({ who, whom, what, from, to }: ActivitySearch): boolean {
  return [who, whom, what, from, to].some((value) => value !== undefined);
}

/** The filter of the list. */
export function activityFilter({ who, whom, what, from, to }: ActivitySearch): AuditEventFilter {
  return {
    actors: who ? [who] : undefined,
    subjects: whom ? [whom] : undefined,
    kind: what,
    since: from && startOf(from),
    until: to && startOf(to, 1),
  };
}

/** The variables of the query. */
export function activityVariables(search: ActivitySearch) {
  // The names of the users by whom the list is narrowed.
  const people = [search.who, search.whom].filter((id) => id !== undefined);
  return { ...pageArguments(search, PAGE_SIZE), filter: activityFilter(search), people };
}

function userId(value: unknown): string | undefined {
  const text = textOf(value);
  return text && /^usr_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined;
}

function day(value: unknown): string | undefined {
  const text = textOf(value);
  return text && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

/** When a day begins, or another one some days later, as an ISO 8601 time. */
function startOf(text: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = text.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
