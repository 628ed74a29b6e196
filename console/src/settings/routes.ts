import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';

/** `/settings`: the settings of the organization. */
export function settingsRoutes<Parent extends AnyRoute>(parent: Parent) {
  const settings = createRoute({
    getParentRoute: () => parent,
    path: '/settings',
    component: lazyRouteComponent(() => import('./SettingsPage'), 'SettingsPage'),
  });
  return [settings] as const;
}
