import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** The pages read the address themselves: what they know of it is loaded with them. */
const asGiven = (search: Record<string, unknown>): Record<string, unknown> => search;

/** `/access-reviews`: who had access to what, and why, to be checked entry by entry. */
export function reviewsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const reviews = createRoute({
    getParentRoute: () => parent,
    path: '/access-reviews',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./ReviewsPage'), 'ReviewsPage'),
  });
  const review = createRoute({
    getParentRoute: () => parent,
    path: '/access-reviews/$id',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./ReviewPage'), 'ReviewPage'),
  });
  return [reviews, review] as const;
}
