import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf } from '../shared/searchParameters';
import { validateCardSearch } from './card/cardSearch';
import { validateInviteSearch } from './invite/inviteSearch';
import type { TemplatesSearch } from './templates/templatesSearch';
import { validateUsersSearch } from './usersSearch';

/** The step of the form for a new user: the first one, or *access*. */
const validateStep = (search: Record<string, unknown>): { step?: 'access' | undefined } => ({ step: oneOf(['access'], search['step']) });

/** The page reads the address itself: what it knows of it is loaded with the page. */
const asGiven = (search: Record<string, unknown>): TemplatesSearch => search;

/** The lists of users, of the organization itself and of its end customers, the pages that add and edit one, the templates, and a user's card. */
export function userRoutes<Parent extends AnyRoute>(parent: Parent) {
  const organization = createRoute({
    getParentRoute: () => parent,
    path: '/users/organization',
    validateSearch: validateUsersSearch,
    component: lazyRouteComponent(() => import('./UsersPage'), 'OrganizationUsersPage'),
  });
  const delivery = createRoute({
    getParentRoute: () => parent,
    path: '/users/delivery',
    validateSearch: validateUsersSearch,
    component: lazyRouteComponent(() => import('./UsersPage'), 'DeliveryUsersPage'),
  });
  const newOrganization = createRoute({
    getParentRoute: () => parent,
    path: '/users/organization/new',
    validateSearch: validateStep,
    component: lazyRouteComponent(() => import('./new/NewUserPage'), 'NewOrganizationUserPage'),
  });
  const newDelivery = createRoute({
    getParentRoute: () => parent,
    path: '/users/delivery/new',
    validateSearch: validateStep,
    component: lazyRouteComponent(() => import('./new/NewUserPage'), 'NewDeliveryUserPage'),
  });
  const invite = createRoute({
    getParentRoute: () => parent,
    path: '/users/invite',
    validateSearch: validateInviteSearch,
    component: lazyRouteComponent(() => import('./invite/InvitePage'), 'InvitePage'),
  });
  const templates = createRoute({
    getParentRoute: () => parent,
    path: '/users/templates',
    validateSearch: asGiven,
    component: lazyRouteComponent(() => import('./templates/TemplatesPage'), 'TemplatesPage'),
  });
  const newTemplate = createRoute({
    getParentRoute: () => parent,
    path: '/users/templates/new',
    component: lazyRouteComponent(() => import('./templates/TemplateFormPages'), 'NewTemplatePage'),
  });
  const editTemplate = createRoute({
    getParentRoute: () => parent,
    path: '/users/templates/$id',
    component: lazyRouteComponent(() => import('./templates/TemplateFormPages'), 'EditTemplatePage'),
  });
  const card = createRoute({
    getParentRoute: () => parent,
    path: '/users/$id',
    validateSearch: validateCardSearch,
    component: lazyRouteComponent(() => import('./card/UserCardPage'), 'UserCardPage'),
  });
  const edit = createRoute({
    getParentRoute: () => parent,
    path: '/users/$id/edit',
    component: lazyRouteComponent(() => import('./edit/EditUserPage'), 'EditUserPage'),
  });
  return [organization, delivery, newOrganization, newDelivery, invite, templates, newTemplate, editTemplate, card, edit] as const;
}
