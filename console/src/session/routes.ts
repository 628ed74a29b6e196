import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { textOf } from '../shared/searchParameters';

/** `/sign-in`; `next` is the address to go to afterwards, within the console. */
export function signInRoute<Parent extends AnyRoute>(parent: Parent) {
  return createRoute({
    getParentRoute: () => parent,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => {
      const next = textOf(search['next']);
      // Not `//host` nor `/\host`, which lead to another site.
      return { next: next && /^\/(?![/\\])/.test(next) ? next : undefined };
    },
    component: lazyRouteComponent(() => import('./SignInPage'), 'SignInPage'),
  });
}

/** `/forgot-password`, where one asks for a link to choose a new password. */
export function forgotPasswordRoute<Parent extends AnyRoute>(parent: Parent) {
  return createRoute({
    getParentRoute: () => parent,
    path: '/forgot-password',
    component: lazyRouteComponent(() => import('./ForgotPasswordPage'), 'ForgotPasswordPage'),
  });
}
