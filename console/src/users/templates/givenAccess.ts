import type { Audience } from '../../gql/graphql';
import { type AccessChoice, type AccessFields, accessInput, noAccess } from '../access/accessChoice';

export interface ChosenTemplate {
  id: string;
  name: string;
  audience: Audience;
}

/** What new users get: what is chosen, or what a template holds. The choice is kept beside a template. */
export interface GivenAccess extends AccessChoice {
  template: ChosenTemplate | null;
}

export const nothingGiven: GivenAccess = { ...noAccess, template: null };

/** The template that is chosen, unless it is for others. */
export function templateFor(audience: Audience, { template }: GivenAccess): ChosenTemplate | null {
  return template?.audience === audience ? template : null;
}

/** The access of new users as `createUser` and `inviteUsers` take it. */
export function givenInput(audience: Audience, given: GivenAccess): AccessFields | { template: string } {
  const template = templateFor(audience, given);
  return template ? { template: template.id } : accessInput(audience, given);
}
