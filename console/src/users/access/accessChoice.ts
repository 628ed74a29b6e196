import type { Audience, Permission, PermissionEndInput } from '../../gql/graphql';
import { errorText } from '../../shared/api/errorWords';
import type { FieldError } from '../../shared/api/fieldErrors';

export interface Account {
  id: string;
  name: string;
}

/** The access that is chosen in a form: for a new user, for a user who is edited, or for many who are invited. */
export interface AccessChoice {
  permissions: Permission[];
  allContractAccounts: boolean;
  contractAccounts: Account[];
  allDeliveryAccounts: boolean;
  deliveryAccounts: Account[];
  /** The times at which grants expire, by permission or account id: an ISO 8601 time, or '' while none is entered. */
  ends: Record<string, string>;
}

export const noAccess: AccessChoice = {
  permissions: [],
  allContractAccounts: false,
  contractAccounts: [],
  allDeliveryAccounts: false,
  deliveryAccounts: [],
  ends: {},
};

/** What every user has: it can't be taken away, and doesn't expire. */
export const ALWAYS: Permission = 'SITES_SERVICES_VIEW';

/** The fields that `createUser`, `inviteUsers`, `updateUser` and `accessPreview` have in common. */
export interface AccessFields {
  audience: Audience;
  permissions: Permission[];
  allContractAccounts: boolean;
  contractAccounts: string[];
  allDeliveryAccounts: boolean;
  deliveryAccounts: string[];
  permissionEnds: PermissionEndInput[];
  accountEnds: { account: string; endsAt: string }[];
}

/** The chosen access as the API takes it. Accounts that were chosen before *All* are left out, and so are the ends of
 *  what isn't chosen. */
export function accessInput(audience: Audience, choice: AccessChoice): AccessFields {
  const contractAccounts = choice.allContractAccounts ? [] : choice.contractAccounts.map(({ id }) => id);
  const deliveryAccounts = choice.allDeliveryAccounts ? [] : choice.deliveryAccounts.map(({ id }) => id);
  const endOf = (key: string): string[] => (choice.ends[key] ? [choice.ends[key]] : []);
  return {
    audience,
    permissions: choice.permissions,
    allContractAccounts: choice.allContractAccounts,
    contractAccounts,
    allDeliveryAccounts: choice.allDeliveryAccounts,
    deliveryAccounts,
    permissionEnds: choice.permissions.flatMap((permission) =>
      permission === ALWAYS ? [] : endOf(permission).map((endsAt) => ({ permission, endsAt })),
    ),
    accountEnds: [...contractAccounts, ...deliveryAccounts].flatMap((account) => endOf(account).map((endsAt) => ({ account, endsAt }))),
  };
}

/** The messages about an access that was sent, by what each is shown at: a permission, an account's id, or a field. */
export function accessErrors(errors: readonly FieldError[], sent: AccessFields): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const error of errors) (messages[placeOf(error.path, sent)] ??= []).push(errorText(error));
  return messages;
}

function placeOf([, field = '', index = '']: readonly string[], sent: AccessFields): string {
  const place = Number(index === '' ? NaN : index);
  switch (field) {
    case 'permissions':
    case 'contractAccounts':
    case 'deliveryAccounts':
      return sent[field][place] ?? field;
    case 'permissionEnds':
      return sent.permissionEnds[place]?.permission ?? 'permissions';
    case 'accountEnds':
      return sent.accountEnds[place]?.account ?? '';
    case 'allContractAccounts':
      return 'contractAccounts';
    case 'allDeliveryAccounts':
      return 'deliveryAccounts';
    default:
      return field;
  }
}
