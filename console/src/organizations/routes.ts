import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { OrganizationSearch, OrganizationsSearch } from './organizationsSearch';

/** The pages read the address themselves: what they know of it is loaded with them. */
const listAsGiven = (search: Record<string, unknown>): OrganizationsSearch => search;
const oneAsGiven = (search: Record<string, unknown>): OrganizationSearch => search;

/** `/organizations`: onboarding, for staff. */
export function organizationsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const list = createRoute({
    getParentRoute: () => parent,
    path: '/organizations',
    validateSearch: listAsGiven,
    component: lazyRouteComponent(() => import('./OrganizationsPage'), 'OrganizationsPage'),
  });
  const create = createRoute({
    getParentRoute: () => parent,
    path: '/organizations/new',
    component: lazyRouteComponent(() => import('./NewOrganizationPage'), 'NewOrganizationPage'),
  });
  const one = createRoute({
    getParentRoute: () => parent,
    path: '/organizations/$id',
    validateSearch: oneAsGiven,
    component: lazyRouteComponent(() => import('./OrganizationPage'), 'OrganizationPage'),
  });
  return [list, create, one] as const;
}
