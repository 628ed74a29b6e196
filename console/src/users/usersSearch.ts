import type { Audience, MailStatus, Permission, UserFilter, UserKind, UserOrder, UserStatus } from '../gql/graphql';
import { daysOf, oneOf, someOf, textOf } from '../shared/searchParameters';
import { pageArguments } from '../shared/ui/Paging';

export const statuses = ['PENDING', 'EXPIRED', 'ACTIVE', 'REMOVED'] as const satisfies readonly UserStatus[];
export const kinds = ['PERSONAL', 'GROUP'] as const satisfies readonly UserKind[];
export const mails = ['QUEUED', 'SENT', 'FAILED'] as const satisfies readonly MailStatus[];
export const permissions = [
  'SITES_SERVICES_VIEW',
  'SUPPORT_VIEW',
  'SUPPORT_EDIT',
  'ORDERS_VIEW',
  'ORDERS_APPROVE',
  'BILLING_VIEW',
  'DEVELOPER_PORTAL',
  'USER_MANAGEMENT',
] as const satisfies readonly Permission[];
const orders = [
  'NAME_ASC',
  'NAME_DESC',
  'EMAIL_ASC',
  'EMAIL_DESC',
  'STATUS_ASC',
  'STATUS_DESC',
  'LAST_SIGN_IN_AT_ASC',
  'LAST_SIGN_IN_AT_DESC',
  'CREATED_AT_ASC',
  'CREATED_AT_DESC',
] as const satisfies readonly UserOrder[];

export const PAGE_SIZE = 25;

/** What the address of a list of users says. `undefined` is the default: everybody, by name, the first page. */
export interface UsersSearch {
  search?: string | undefined;
  status?: UserStatus[] | undefined;
  kind?: UserKind[] | undefined;
  permission?: Permission[] | undefined;
  mail?: MailStatus[] | undefined;
  /** A number of days for which they have not signed in. */
  notSignedInFor?: string | undefined;
  /** A number of days within which some of their access ends. */
  endsWithin?: string | undefined;
  order?: UserOrder | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the address; what nobody offers is ignored. */
export function validateUsersSearch(search: Record<string, unknown>): UsersSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    status: someOf(statuses, search['status']),
    kind: someOf(kinds, search['kind']),
    permission: someOf(permissions, search['permission']),
    mail: someOf(mails, search['mail']),
    notSignedInFor: daysOf(search['notSignedInFor'], 3_650),
    endsWithin: daysOf(search['endsWithin'], 3_650),
    order: oneOf(orders, search['order']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The same list narrowed or ordered in another way, which begins at its first page. */
export function changed(search: UsersSearch, change: Partial<UsersSearch>): UsersSearch {
  return { ...search, after: undefined, before: undefined, ...change };
}

/** Whether the list shows only some of the users. */
export function isFiltered({ search, status, kind, permission, mail, notSignedInFor, endsWithin }: UsersSearch): boolean {
  return [search, status, kind, permission, mail, notSignedInFor, endsWithin].some((value) => value !== undefined);
}

/** The variables of the list's query. */
export function usersVariables(audience: Audience, { order, after, before, notSignedInFor, endsWithin, ...filter }: UsersSearch) {
  const whole: UserFilter = { ...filter, audience: [audience] };
  if (notSignedInFor) whole.notSignedInForDays = Number(notSignedInFor);
  if (endsWithin) whole.endsBefore = daysFromNow(Number(endsWithin));
  return { ...pageArguments({ after, before }, PAGE_SIZE), filter: whole, orderBy: order ?? ('NAME_ASC' as const) };
}

const HOUR = 3_600_000;

/** The time in this number of days, at a full hour: so the same list is not read again all the time. */
function daysFromNow(days: number): string {
  return new Date(Math.ceil(Date.now() / HOUR) * HOUR + days * 24 * HOUR).toISOString();
}
