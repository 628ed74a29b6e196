import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** `/provisioning`: how the people of the organization sign in, and what connects it with other systems. */
export function provisioningRoutes<Parent extends AnyRoute>(parent: Parent) {
  const provisioning = createRoute({
    getParentRoute: () => parent,
    path: '/provisioning',
    component: lazyRouteComponent(() => import('./ProvisioningPage'), 'ProvisioningPage'),
  });
  return [provisioning] as const;
}
