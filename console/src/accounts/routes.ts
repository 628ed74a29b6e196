import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { validateAccountsSearch } from './accountsSearch';

/** `/accounts`: the accounts that one sees, with what belongs to them. */
export function accountsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const accounts = createRoute({
    getParentRoute: () => parent,
    path: '/accounts',
    validateSearch: validateAccountsSearch,
    component: lazyRouteComponent(() => import('./AccountsPage'), 'AccountsPage'),
  });
  return [accounts] as const;
}
