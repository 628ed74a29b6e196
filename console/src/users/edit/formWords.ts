import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { type AccessChoice, accessInput } from '../access/accessChoice';
import { templateFor } from '../templates/givenAccess';
import { audienceWords, kindWords } from '../words';
import type { StoredUser } from './readUser';
import type { Part, UserForm } from './userForm';

export const partWords: Record<Part, MessageDescriptor> = {
  kind: msg`Type`,
  firstName: msg`First name`,
  lastName: msg`Last name`,
  phone: msg`Phone number`,
  country: msg`Country`,
  audience: msg`Belongs to`,
  template: msg`Template`,
  permissions: msg`Permissions`,
  contractAccounts: msg`Contract accounts`,
  deliveryAccounts: msg`Delivery accounts`,
  ends: msg`Ends`,
};

/** Says the parts of a form in words. */
export function useFormWords(permissions: StoredUser['permissionNames']) {
  const { i18n, t } = useLingui();
  const names = (isAll: boolean, accounts: readonly { name: string }[]) =>
    isAll ? t`All` : accounts.map(({ name }) => name).join(', ') || t`None`;
  const nameOf = (key: string, { contractAccounts, deliveryAccounts }: AccessChoice): string =>
    permissions.find(({ permission }) => permission === key)?.name ??
    [...contractAccounts, ...deliveryAccounts].find(({ id }) => id === key)?.name ??
    key;
  const ends = (form: UserForm): string => {
    const { permissionEnds, accountEnds } = accessInput(form.audience, form);
    const all = [
      ...permissionEnds.map(({ permission, endsAt }) => [permission, endsAt] as const),
      ...accountEnds.map(({ account, endsAt }) => [account, endsAt] as const),
    ];
    const time = (end: string) => i18n.date(end, { dateStyle: 'medium', timeStyle: 'short' });
    return all.map(([key, end]) => `${nameOf(key, form)}: ${time(end)}`).join(', ') || t`None`;
  };
  const value = (part: Part, form: UserForm): string => {
    switch (part) {
      case 'kind':
        return i18n._(kindWords[form.kind]);
      case 'audience':
        return i18n._(audienceWords[form.audience]);
      case 'template':
        return templateFor(form.audience, form)?.name ?? t`None`;
      case 'country':
        return form.country ? (new Intl.DisplayNames(i18n.locale, { type: 'region' }).of(form.country) ?? form.country) : '–';
      case 'permissions':
        return permissions
          .filter(({ permission }) => form.permissions.includes(permission))
          .map(({ name }) => name)
          .join(', ');
      case 'contractAccounts':
        return names(form.allContractAccounts, form.contractAccounts);
      case 'deliveryAccounts':
        return names(form.allDeliveryAccounts, form.deliveryAccounts);
      case 'ends':
        return ends(form);
      default:
        return form[part] || '–';
    }
  };
  return { label: (part: Part) => i18n._(partWords[part]), value };
}
