import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { validateActivitySearch } from './activitySearch';

/** `/activity`: the audit trail, as far as one sees it. */
export function activityRoutes<Parent extends AnyRoute>(parent: Parent) {
  const activity = createRoute({
    getParentRoute: () => parent,
    path: '/activity',
    validateSearch: validateActivitySearch,
    component: lazyRouteComponent(() => import('./ActivityPage'), 'ActivityPage'),
  });
  return [activity] as const;
}
