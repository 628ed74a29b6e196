import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { accountRoutes } from './account/routes';
import { accountsRoutes } from './accounts/routes';
import { activityRoutes } from './activity/routes';
import { clientsRoutes } from './clients/routes';
import { FailedPage, NotFoundPage } from './frame/FailedPage';
import { Frame } from './frame/Frame';
import { organizationsRoutes } from './organizations/routes';
import { policyRoutes } from './policy/routes';
import { provisioningRoutes } from './provisioning/routes';
import { requestsRoutes } from './requests/routes';
import { reviewsRoutes } from './reviews/routes';
import { servicesRoutes } from './services/routes';
import { forgotPasswordRoute, signedInRoutes, signInRoute } from './session/routes';
import { settingsRoutes } from './settings/routes';
import type { Session } from './session/session';
import { basePath } from './shared/configuration';
import { formatSearch, parseSearch } from './shared/searchParameters';
import { userRoutes } from './users/routes';

const root = createRootRouteWithContext<{ session: Session }>()({
  component: Outlet,
  notFoundComponent: () => (
    <main>
      <NotFoundPage />
    </main>
  ),
});

/** The pages of somebody who is signed in; anybody else is sent to the sign-in page, and comes back from there. */
const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ context, location }) => {
    if (await context.session.load()) return;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's own way
    throw redirect({ to: '/sign-in', search: { next: location.pathname === '/' ? undefined : location.href }, replace: true });
  },
});

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's own way
    throw redirect({ to: '/users/organization', replace: true });
  },
});

const routeTree = root.addChildren([
  signInRoute(root),
  forgotPasswordRoute(root),
  ...signedInRoutes(root),
  frame.addChildren([
    home,
    ...userRoutes(frame),
    ...accountsRoutes(frame),
    ...servicesRoutes(frame),
    ...activityRoutes(frame),
    ...requestsRoutes(frame),
    ...reviewsRoutes(frame),
    ...clientsRoutes(frame),
    ...organizationsRoutes(frame),
    ...policyRoutes(frame),
    ...settingsRoutes(frame),
    ...provisioningRoutes(frame),
    ...accountRoutes(frame),
  ]),
]);

export function newRouter(session: Session) {
  return createRouter({
    routeTree,
    basepath: basePath,
    context: { session },
    parseSearch,
    stringifySearch: formatSearch,
    defaultErrorComponent: FailedPage,
    defaultNotFoundComponent: NotFoundPage,
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
