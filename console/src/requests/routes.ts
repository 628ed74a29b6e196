import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { RequestsSearch } from './requestsSearch';

/** The page reads the address itself: what it knows of it is loaded with the page. */
const asGiven = (search: Record<string, unknown>): RequestsSearch => search;

/** `/access-requests`: one's own, and those that one may decide. */
export function requestsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const requests = createRoute({
    getParentRoute: () => parent,
    path: '/access-requests',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./RequestsPage'), 'RequestsPage'),
  });
  return [requests] as const;
}
