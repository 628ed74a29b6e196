import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { ClientsSearch } from './clientsSearch';

/** The page reads the address itself: what it knows of it is loaded with the page. */
const asGiven = (search: Record<string, unknown>): ClientsSearch => search;

/** `/api-clients`: the programs that act for the viewer, and for users whom they may change. */
export function clientsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const clients = createRoute({
    getParentRoute: () => parent,
    path: '/api-clients',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./ClientsPage'), 'ClientsPage'),
  });
  return [clients] as const;
}
