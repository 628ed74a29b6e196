import { expect, test } from 'vitest';
import { nothingGiven } from '../templates/givenAccess';
import { differences, keepMine, updateInput, type UserForm } from './userForm';

const south = { id: 'ca_1', name: 'ACME South' };
const east = { id: 'ca_2', name: 'ACME East' };
const base: UserForm = {
  ...nothingGiven,
  kind: 'PERSONAL',
  firstName: 'Sue',
  lastName: 'Berg',
  phone: '',
  country: 'DE',
  audience: 'ORGANIZATION',
  permissions: ['SITES_SERVICES_VIEW', 'SUPPORT_VIEW'],
  contractAccounts: [south, east],
  ends: { ca_2: '2030-01-01T00:00:00Z' },
};

test('the same access in another order or spelling is no difference', () => {
  const other: UserForm = {
    ...base,
    permissions: ['SUPPORT_VIEW', 'SITES_SERVICES_VIEW'],
    contractAccounts: [east, south],
    ends: { ORDERS_VIEW: '2031-01-01T00:00:00Z', ca_1: '', ca_2: '2030-01-01T00:00:00.000Z' },
  };
  expect(differences(base, other)).toEqual([]);
});

test('an account that is no longer chosen takes its end along', () => {
  expect(differences(base, { ...base, contractAccounts: [south] })).toEqual(['contractAccounts', 'ends']);
});

test('only what has changed is sent', () => {
  expect(updateInput('usr_1', 7, base, base)).toEqual({ id: 'usr_1', version: 7 });
  const form: UserForm = { ...base, firstName: ' ', phone: '+49 30 1', allContractAccounts: true };
  expect(updateInput('usr_1', 7, base, form)).toEqual({
    id: 'usr_1',
    version: 7,
    firstName: null,
    phone: '+49 30 1',
    allContractAccounts: true,
    contractAccounts: [],
    permissionEnds: [],
    accountEnds: [],
  });
});

test('keeping mine keeps what I changed, and takes over what only they changed', () => {
  const mine: UserForm = { ...base, firstName: 'Susan', contractAccounts: [south], ends: {} };
  const theirs: UserForm = { ...base, firstName: 'Suzanne', lastName: 'Bergmann', allContractAccounts: true, contractAccounts: [], ends: {} };
  expect(keepMine(base, mine, theirs)).toEqual({ ...base, firstName: 'Susan', lastName: 'Bergmann', contractAccounts: [south], ends: {} });
});

test('keeping mine without a change of mine takes over everything', () => {
  const theirs: UserForm = { ...base, audience: 'DELIVERY', country: 'FR' };
  expect(keepMine(base, base, theirs)).toEqual(theirs);
});

const helpdesk = { id: 'tpl_1', name: 'Helpdesk', audience: 'ORGANIZATION' as const };

test('a template is sent instead of permissions and accounts', () => {
  const form: UserForm = { ...base, lastName: 'Bergmann', permissions: ['SITES_SERVICES_VIEW'], template: helpdesk };
  expect(updateInput('usr_1', 7, base, form)).toEqual({ id: 'usr_1', version: 7, lastName: 'Bergmann', template: 'tpl_1' });
});

test('the template that a user has already is not sent, nor that of other users', () => {
  const has: UserForm = { ...base, template: helpdesk };
  expect(differences(has, { ...has, template: { ...helpdesk } })).toEqual([]);
  expect(updateInput('usr_1', 7, has, { ...has, firstName: 'Susan' })).toEqual({ id: 'usr_1', version: 7, firstName: 'Susan' });
  const delivery: UserForm = { ...base, template: { ...helpdesk, audience: 'DELIVERY' } };
  expect(differences(base, delivery)).toEqual([]);
});

test('without the template, a user keeps it until what it gave is changed', () => {
  const has: UserForm = { ...base, template: helpdesk };
  expect(differences(has, { ...has, template: null })).toEqual([]);
  const form: UserForm = { ...has, template: null, permissions: ['SITES_SERVICES_VIEW'] };
  expect(updateInput('usr_1', 7, has, form)).toEqual({ id: 'usr_1', version: 7, permissions: ['SITES_SERVICES_VIEW'] });
});

test('keeping my permissions keeps them from a template that somebody else has given', () => {
  const mine: UserForm = { ...base, permissions: ['SITES_SERVICES_VIEW', 'ORDERS_VIEW'] };
  expect(keepMine(base, mine, { ...base, template: helpdesk })).toEqual(mine);
});
