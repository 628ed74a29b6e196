import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { PolicySearch } from './policySearch';

/** The page reads the address itself: what it knows of it is loaded with the page. */
const asGiven = (search: Record<string, unknown>): PolicySearch => search;

/** `/policy`: the access policy in force, for staff. */
export function policyRoutes<Parent extends AnyRoute>(parent: Parent) {
  const policy = createRoute({
    getParentRoute: () => parent,
    path: '/policy',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./PolicyPage'), 'PolicyPage'),
  });
  return [policy] as const;
}
