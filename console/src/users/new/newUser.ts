import type { Audience, CreateUserInput } from '../../gql/graphql';
import type { Person } from '../person/person';
import { type GivenAccess, givenInput, nothingGiven } from '../templates/givenAccess';

/** What has been typed and chosen for a new user. */
export interface NewUser extends Person, GivenAccess {
  email: string;
}

export const emptyUser: NewUser = {
  kind: 'PERSONAL',
  email: '',
  firstName: '',
  lastName: '',
  phone: '',
  country: '',
  ...nothingGiven,
};

/** The fields of the first step, by which an error is shown there. */
export const personalFields = ['kind', 'email', 'firstName', 'lastName', 'phone', 'country'];

/** The whole form, as `createUser` takes it. */
export function createInput(audience: Audience, user: NewUser): CreateUserInput {
  return {
    ...givenInput(audience, user),
    kind: user.kind,
    email: user.email.trim(),
    firstName: user.firstName,
    lastName: user.lastName,
    phone: user.phone.trim() || null,
    country: user.country || null,
  };
}
