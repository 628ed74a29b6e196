import type { Audience, CreateUserInput } from '../../gql/graphql';
import { type AccessChoice, accessInput, noAccess } from '../access/accessChoice';
import type { Person } from '../person/person';

/** What has been typed and chosen for a new user. */
export interface NewUser extends Person, AccessChoice {
  email: string;
}

export const emptyUser: NewUser = {
  kind: 'PERSONAL',
  email: '',
  firstName: '',
  lastName: '',
  phone: '',
  country: '',
  ...noAccess,
};

/** The fields of the first step, by which an error is shown there. */
export const personalFields = ['kind', 'email', 'firstName', 'lastName', 'phone', 'country'];

/** The whole form, as `createUser` takes it. */
export function createInput(audience: Audience, user: NewUser): CreateUserInput {
  return {
    ...accessInput(audience, user),
    kind: user.kind,
    email: user.email.trim(),
    firstName: user.firstName,
    lastName: user.lastName,
    phone: user.phone.trim() || null,
    country: user.country || null,
  };
}
