import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** `/account`: the password, the sessions and the preferences of the person who is signed in. */
export function accountRoutes<Parent extends AnyRoute>(parent: Parent) {
  const account = createRoute({
    getParentRoute: () => parent,
    path: '/account',
    component: lazyRouteComponent(() => import('./AccountPage'), 'AccountPage'),
  });
  return [account] as const;
}
