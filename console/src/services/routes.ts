import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { validateServicesSearch } from './servicesSearch';

/** `/services`: the services that one sees. */
export function servicesRoutes<Parent extends AnyRoute>(parent: Parent) {
  const services = createRoute({
    getParentRoute: () => parent,
    path: '/services',
    validateSearch: validateServicesSearch,
    component: lazyRouteComponent(() => import('./ServicesPage'), 'ServicesPage'),
  });
  return [services] as const;
}
