import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { textOf } from '../shared/searchParameters';

/** `/sign-in`; `next` is the address to go to afterwards, within the console. With an `organization`, its users begin at
 *  their provider at once. */
export function signInRoute<Parent extends AnyRoute>(parent: Parent) {
  return createRoute({
    getParentRoute: () => parent,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): { next?: string | undefined; organization?: string | undefined } => {
      const next = textOf(search['next']);
      // Not `//host` nor `/\host`, which lead to another site.
      return { next: next && /^\/(?![/\\])/.test(next) ? next : undefined, organization: textOf(search['organization']) };
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

/** Where the browser comes back to from a provider, and what begins with a link in a mail: `/signed-in`, `/activate`,
 *  `/link-identity`. */
export function signedInRoutes<Parent extends AnyRoute>(parent: Parent) {
  const signedIn = createRoute({
    getParentRoute: () => parent,
    path: '/signed-in',
    validateSearch: (search: Record<string, unknown>) => ({ code: textOf(search['code']), error: textOf(search['error']) }),
    component: lazyRouteComponent(() => import('./SignedInPage'), 'SignedInPage'),
  });
  const activate = createRoute({
    getParentRoute: () => parent,
    path: '/activate',
    validateSearch: (search: Record<string, unknown>) => ({ token: textOf(search['token']), email: textOf(search['email']) }),
    component: lazyRouteComponent(() => import('./ActivatePage'), 'ActivatePage'),
  });
  const linkIdentity = createRoute({
    getParentRoute: () => parent,
    path: '/link-identity',
    validateSearch: (search: Record<string, unknown>) => ({ token: textOf(search['token']) }),
    component: lazyRouteComponent(() => import('./LinkIdentityPage'), 'LinkIdentityPage'),
  });
  return [signedIn, activate, linkIdentity] as const;
}
