import type { Audience, UpdateUserInput } from '../../gql/graphql';
import { type AccessFields, accessInput, ALWAYS } from '../access/accessChoice';
import type { Person } from '../person/person';
import { type GivenAccess, templateFor } from '../templates/givenAccess';

/** What can be changed of a user. */
export interface UserForm extends Person, GivenAccess {
  audience: Audience;
}

/** The parts of the form that are compared, and taken over, as a whole. An access that isn't from a template any more
 *  goes without it. */
const parts = {
  kind: ['kind'],
  firstName: ['firstName'],
  lastName: ['lastName'],
  phone: ['phone'],
  country: ['country'],
  audience: ['audience', 'template'],
  template: ['template'],
  permissions: ['permissions', 'template'],
  contractAccounts: ['allContractAccounts', 'contractAccounts', 'template'],
  deliveryAccounts: ['allDeliveryAccounts', 'deliveryAccounts', 'template'],
  ends: ['ends', 'template'],
} as const satisfies Record<string, readonly (keyof UserForm)[]>;

export type Part = keyof typeof parts;
export const allParts = Object.keys(parts) as Part[];

/** The parts that `after` changes. The order of lists doesn't matter. A template goes by a change of what it gave, which
 *  is the difference then. */
export function differences(before: UserForm, after: UserForm): Part[] {
  return allParts.filter((part) =>
    part === 'template' ? newTemplate(before, after) !== null : valueOf(part, before) !== valueOf(part, after),
  );
}

/** The template that a user gets, unless they have it already. */
function newTemplate(before: UserForm, after: UserForm): string | null {
  const { id } = templateFor(after.audience, after) ?? {};
  return id && id !== templateFor(before.audience, before)?.id ? id : null;
}

function valueOf(part: Exclude<Part, 'template'>, form: UserForm): string {
  const access = accessInput(form.audience, form);
  switch (part) {
    case 'permissions':
      return access.permissions.filter((permission) => permission !== ALWAYS).sort().join(' ');
    case 'contractAccounts':
      return access.allContractAccounts ? 'all' : access.contractAccounts.sort().join(' ');
    case 'deliveryAccounts':
      return access.allDeliveryAccounts ? 'all' : access.deliveryAccounts.sort().join(' ');
    case 'ends': {
      const permissions = access.permissionEnds.map(({ permission, endsAt }) => `${permission} ${Date.parse(endsAt)}`);
      const accounts = access.accountEnds.map(({ account, endsAt }) => `${account} ${Date.parse(endsAt)}`);
      return [...permissions, ...accounts].sort().join(', ');
    }
    default:
      return form[part].trim();
  }
}

/** What I changed stays, and everything else is as they saved it. `base` is what both began with. */
export function keepMine(base: UserForm, mine: UserForm, theirs: UserForm): UserForm {
  const kept = differences(base, mine).flatMap((part) => parts[part].map((field) => [field, mine[field]] as const));
  return { ...theirs, ...Object.fromEntries(kept) };
}

/** The access that has changed, as `updateUser` and `accessPreview` take it. What hasn't is left out, so that nothing
 *  is taken away that this admin doesn't see. A template is not part of it: it comes in the place of all of this. */
export function accessChanges(base: UserForm, form: UserForm): Partial<AccessFields> {
  const access = accessInput(form.audience, form);
  const changed = differences(base, form);
  return {
    ...(changed.includes('audience') && { audience: access.audience }),
    ...(changed.includes('permissions') && { permissions: access.permissions }),
    ...(changed.includes('contractAccounts') && {
      allContractAccounts: access.allContractAccounts,
      contractAccounts: access.contractAccounts,
    }),
    ...(changed.includes('deliveryAccounts') && {
      allDeliveryAccounts: access.allDeliveryAccounts,
      deliveryAccounts: access.deliveryAccounts,
    }),
    ...(changed.includes('ends') && { permissionEnds: access.permissionEnds, accountEnds: access.accountEnds }),
  };
}

function givenChanges(base: UserForm, form: UserForm): Partial<AccessFields> | { template: string } {
  if (!templateFor(form.audience, form)) return accessChanges(base, form);
  const template = newTemplate(base, form);
  return template ? { template } : {};
}

/** All changes, as `updateUser` takes them. */
export function updateInput(id: string, version: number, base: UserForm, form: UserForm): UpdateUserInput {
  const changed = differences(base, form);
  return {
    id,
    version,
    ...givenChanges(base, form),
    ...(changed.includes('kind') && { kind: form.kind }),
    ...(changed.includes('firstName') && { firstName: form.firstName.trim() || null }),
    ...(changed.includes('lastName') && { lastName: form.lastName.trim() || null }),
    ...(changed.includes('phone') && { phone: form.phone.trim() || null }),
    ...(changed.includes('country') && { country: form.country || null }),
  };
}
