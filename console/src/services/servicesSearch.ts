import type { ServiceFilter, ServiceOrder, ServiceStatus } from '../gql/graphql';
import { oneOf, someOf, textOf } from '../shared/searchParameters';
import { pageArguments } from '../shared/ui/Paging';

export const statuses = ['PLANNED', 'ACTIVE', 'SUSPENDED', 'TERMINATED'] as const satisfies readonly ServiceStatus[];
const orders = [
  'CODE_ASC',
  'CODE_DESC',
  'NAME_ASC',
  'NAME_DESC',
  'CITY_ASC',
  'CITY_DESC',
  'STATUS_ASC',
  'STATUS_DESC',
] as const satisfies readonly ServiceOrder[];

export const PAGE_SIZE = 25;

/** What the address of the services says. `undefined` is the default: all, by code, the first page. */
export interface ServicesSearch {
  search?: string | undefined;
  status?: ServiceStatus[] | undefined;
  /** The id of the one contract account whose services are shown. */
  contractAccount?: string | undefined;
  deliveryAccount?: string | undefined;
  order?: ServiceOrder | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** Reads the address; what nobody offers is ignored. */
export function validateServicesSearch(search: Record<string, unknown>): ServicesSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    status: someOf(statuses, search['status']),
    contractAccount: textOf(search['contractAccount']),
    deliveryAccount: textOf(search['deliveryAccount']),
    order: oneOf(orders, search['order']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The same list narrowed or ordered in another way, which begins at its first page. */
export function changed(search: ServicesSearch, change: Partial<ServicesSearch>): ServicesSearch {
  return { ...search, after: undefined, before: undefined, ...change };
}

/** Whether the list shows only some of the services. */
export function isFiltered({ search, status, contractAccount, deliveryAccount }: ServicesSearch): boolean {
  return [search, status, contractAccount, deliveryAccount].some((value) => value !== undefined);
}

/** The variables of the list's query. */
export function servicesVariables({ search, status, contractAccount, deliveryAccount, order, after, before }: ServicesSearch) {
  const filter: ServiceFilter = {
    search,
    status,
    contractAccounts: contractAccount ? [contractAccount] : undefined,
    deliveryAccounts: deliveryAccount ? [deliveryAccount] : undefined,
  };
  // The names of the accounts by which the list is narrowed.
  const accounts = [contractAccount, deliveryAccount].filter((id) => id !== undefined);
  return { ...pageArguments({ after, before }, PAGE_SIZE), filter, orderBy: order ?? ('CODE_ASC' as const), accounts };
}
