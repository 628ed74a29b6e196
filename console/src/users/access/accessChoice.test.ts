import { expect, test } from 'vitest';
import { type AccessChoice, accessErrors, accessInput, noAccess } from './accessChoice';

const south = { id: 'ca_1', name: 'ACME South' };
const east = { id: 'ca_2', name: 'ACME East' };
const END = '2030-01-01T10:00:00.000Z';

test('with all accounts, those that were chosen before are not sent, and neither are their ends', () => {
  const choice = { ...noAccess, allContractAccounts: true, contractAccounts: [south], ends: { ca_1: END } };
  expect(accessInput('DELIVERY', choice)).toMatchObject({ allContractAccounts: true, contractAccounts: [], accountEnds: [] });
});

test('ends are sent for what is chosen and has a time', () => {
  const choice: AccessChoice = {
    ...noAccess,
    permissions: ['SUPPORT_VIEW', 'ORDERS_VIEW'],
    contractAccounts: [south, east],
    ends: { SUPPORT_VIEW: END, ORDERS_VIEW: '', BILLING_VIEW: END, ca_2: END },
  };
  const { permissionEnds, accountEnds } = accessInput('ORGANIZATION', choice);
  expect(permissionEnds).toEqual([{ permission: 'SUPPORT_VIEW', endsAt: END }]);
  expect(accountEnds).toEqual([{ account: 'ca_2', endsAt: END }]);
});

test('an error is shown at what it is about', () => {
  const sent = accessInput('ORGANIZATION', { ...noAccess, permissions: ['SUPPORT_VIEW'], contractAccounts: [south, east], ends: { ca_2: END } });
  const errors = [
    { code: 'INVALID', message: 'one', path: ['input', 'contractAccounts', '1'] },
    { code: 'INVALID', message: 'two', path: ['input', 'accountEnds', '0', 'endsAt'] },
    { code: 'INVALID', message: 'three', path: ['input', 'allDeliveryAccounts'] },
    { code: 'INVALID', message: 'four', path: ['input', 'permissions', '0'] },
    { code: 'INVALID', message: 'five', path: [] },
  ];
  expect(accessErrors(errors, sent)).toEqual({ ca_2: ['one', 'two'], deliveryAccounts: ['three'], SUPPORT_VIEW: ['four'], '': ['five'] });
});
