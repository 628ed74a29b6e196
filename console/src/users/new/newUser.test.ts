import { expect, test } from 'vitest';
import { accessInput, createInput, emptyUser } from './newUser';

const south = { id: 'con_1', name: 'ACME South' };

test('the preview and the creation are asked for the same access', () => {
  const user = { ...emptyUser, email: ' a@b.example ', contractAccounts: [south], permissions: ['SUPPORT_VIEW' as const] };
  const access = accessInput('ORGANIZATION', user);
  expect(createInput('ORGANIZATION', user)).toMatchObject({ ...access, email: 'a@b.example', phone: null, country: null });
  expect(access.contractAccounts).toEqual(['con_1']);
});

test('with all accounts, those that were chosen before are not sent', () => {
  const user = { ...emptyUser, allContractAccounts: true, contractAccounts: [south] };
  expect(accessInput('DELIVERY', user)).toMatchObject({ allContractAccounts: true, contractAccounts: [] });
});
