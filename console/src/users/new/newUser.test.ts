import { expect, test } from 'vitest';
import { accessInput } from '../access/accessChoice';
import { createInput, emptyUser } from './newUser';

test('the preview and the creation are asked for the same access', () => {
  const south = { id: 'ca_1', name: 'ACME South' };
  const user = { ...emptyUser, email: ' a@b.example ', contractAccounts: [south], permissions: ['SUPPORT_VIEW' as const] };
  const access = accessInput('ORGANIZATION', user);
  expect(createInput('ORGANIZATION', user)).toMatchObject({ ...access, email: 'a@b.example', phone: null, country: null });
  expect(access.contractAccounts).toEqual(['ca_1']);
});
