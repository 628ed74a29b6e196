import type { AccessPreviewInput, Audience, CreateUserInput, Permission, UserKind } from '../../gql/graphql';

export interface Account {
  id: string;
  name: string;
}

/** What has been typed and chosen for a new user. */
export interface NewUser {
  kind: UserKind;
  email: string;
  firstName: string;
  lastName: string;
  phone: string;
  country: string;
  permissions: Permission[];
  allContractAccounts: boolean;
  contractAccounts: Account[];
  allDeliveryAccounts: boolean;
  deliveryAccounts: Account[];
}

export const emptyUser: NewUser = {
  kind: 'PERSONAL',
  email: '',
  firstName: '',
  lastName: '',
  phone: '',
  country: '',
  permissions: [],
  allContractAccounts: false,
  contractAccounts: [],
  allDeliveryAccounts: false,
  deliveryAccounts: [],
};

/** The fields of the first step, by which an error is shown there. */
export const personalFields = ['kind', 'email', 'firstName', 'lastName', 'phone', 'country'];

const ids = (isAll: boolean, accounts: readonly Account[]): string[] => (isAll ? [] : accounts.map(({ id }) => id));

/** The access of the second step, as the preview takes it. */
export function accessInput(audience: Audience, user: NewUser): AccessPreviewInput {
  return {
    audience,
    permissions: user.permissions,
    allContractAccounts: user.allContractAccounts,
    contractAccounts: ids(user.allContractAccounts, user.contractAccounts),
    allDeliveryAccounts: user.allDeliveryAccounts,
    deliveryAccounts: ids(user.allDeliveryAccounts, user.deliveryAccounts),
  };
}

/** The whole form, as `createUser` takes it. */
export function createInput(audience: Audience, user: NewUser): CreateUserInput {
  return {
    ...(accessInput(audience, user) as CreateUserInput),
    kind: user.kind,
    email: user.email.trim(),
    firstName: user.firstName,
    lastName: user.lastName,
    phone: user.phone.trim() || null,
    country: user.country || null,
  };
}
