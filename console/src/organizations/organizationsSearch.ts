import { oneOf, textOf } from '../shared/searchParameters';

export const tabs = ['contracts', 'deliveries', 'services', 'import'] as const;
export type OrganizationTab = (typeof tabs)[number];

/** What the address of the list says. */
export interface OrganizationsSearch {
  search?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
}

/** What the address of an organization says: the open tab, *Contract accounts* if it names none, and its list. */
export interface OrganizationSearch extends OrganizationsSearch {
  tab?: OrganizationTab | undefined;
}

export function validateOrganizationsSearch(search: Record<string, unknown>): OrganizationsSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

export function validateOrganizationSearch(search: Record<string, unknown>): OrganizationSearch {
  return { ...validateOrganizationsSearch(search), tab: oneOf(tabs, search['tab']) };
}
