import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { ActivitySearch } from './activitySearch';

/** The page reads the address itself: what it knows of it is loaded with the page. */
const asGiven = (search: Record<string, unknown>): ActivitySearch => search;

/** `/activity`: the audit trail, as far as one sees it. */
export function activityRoutes<Parent extends AnyRoute>(parent: Parent) {
  const activity = createRoute({
    getParentRoute: () => parent,
    path: '/activity',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./ActivityPage'), 'ActivityPage'),
  });
  return [activity] as const;
}
