import type { ChangeUsersInput, ExtendAccessInput, Permission } from '../../gql/graphql';
import type { FieldError } from '../../shared/api/fieldErrors';
import type { Account } from '../access/accessChoice';

export const bulkKinds = ['give', 'take', 'end', 'extend', 'resend', 'remove'] as const;
export type BulkKind = (typeof bulkKinds)[number];

/** What somebody has chosen for many users. */
export interface BulkChoice {
  kind: BulkKind;
  permissions: readonly Permission[];
  contractAccounts: readonly Account[];
  deliveryAccounts: readonly Account[];
  /** An ISO 8601 time; '' while there is none. */
  until: string;
  /** Whether those who can be changed are changed although others are refused. */
  isPartial: boolean;
}

export const noChange: BulkChoice = {
  kind: 'give',
  permissions: [],
  contractAccounts: [],
  deliveryAccounts: [],
  until: '',
  isPartial: false,
};

/** The input of `extendAccess` for these users. */
export function extendInput(users: string[], { until, isPartial }: BulkChoice, dryRun: boolean): ExtendAccessInput {
  return { users, until, dryRun, mode: modeOf(isPartial) };
}

/** The input of `changeUsers` for these users. */
export function changeInput(users: string[], choice: BulkChoice, dryRun: boolean): ChangeUsersInput {
  const common = { users, dryRun, mode: modeOf(choice.isPartial) };
  const permissions = [...choice.permissions];
  const contracts = choice.contractAccounts.map(({ id }) => id);
  const deliveries = choice.deliveryAccounts.map(({ id }) => id);
  switch (choice.kind) {
    case 'give':
      return { ...common, addPermissions: permissions, addContractAccounts: contracts, addDeliveryAccounts: deliveries, ...endsOf(choice) };
    case 'take':
      return { ...common, removePermissions: permissions, removeContractAccounts: contracts, removeDeliveryAccounts: deliveries };
    case 'resend':
      return { ...common, resendActivation: true };
    case 'remove':
      return { ...common, remove: true };
    default:
      return { ...common, endsAt: choice.until === '' ? null : choice.until };
  }
}

function endsOf({ permissions, contractAccounts, deliveryAccounts, until }: BulkChoice) {
  if (until === '') return {};
  return {
    permissionEnds: permissions.map((permission) => ({ permission, endsAt: until })),
    accountEnds: [...contractAccounts, ...deliveryAccounts].map(({ id }) => ({ account: id, endsAt: until })),
  };
}

function modeOf(isPartial: boolean) {
  return isPartial ? ('AS_MANY_AS_POSSIBLE' as const) : ('ALL_OR_NOTHING' as const);
}

/** The errors that are not about single users: those are in their results. */
export function generalErrors(errors: readonly FieldError[]): FieldError[] {
  return errors.filter(({ path }) => !(path[1] === 'users' && path[2] !== undefined));
}
