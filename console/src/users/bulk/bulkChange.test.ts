import { expect, test } from 'vitest';
import { changeInput, extendInput, generalMessages, noChange } from './bulkChange';

const south = { id: 'ca_1', name: 'ACME South' };
const until = '2090-01-01T00:00:00.000Z';

test('what is given ends at the one time', () => {
  const input = changeInput(['usr_1'], { ...noChange, permissions: ['SUPPORT_VIEW'], contractAccounts: [south], until }, true);
  expect(input).toEqual({
    users: ['usr_1'],
    dryRun: true,
    mode: 'ALL_OR_NOTHING',
    addPermissions: ['SUPPORT_VIEW'],
    addContractAccounts: ['ca_1'],
    addDeliveryAccounts: [],
    permissionEnds: [{ permission: 'SUPPORT_VIEW', endsAt: until }],
    accountEnds: [{ account: 'ca_1', endsAt: until }],
  });
});

test('no end is an end, too', () => {
  expect(changeInput(['usr_1'], { ...noChange, kind: 'end' }, false).endsAt).toBeNull();
  expect(changeInput(['usr_1'], { ...noChange, kind: 'end', until }, false).endsAt).toBe(until);
  expect(extendInput(['usr_1'], { ...noChange, kind: 'extend', until, isPartial: true }, false)).toEqual({
    users: ['usr_1'],
    until,
    dryRun: false,
    mode: 'AS_MANY_AS_POSSIBLE',
  });
});

test('messages about single users are left to their results', () => {
  const errors = [
    { message: 'Refused.', path: ['input', 'users', '3'] },
    { message: 'Too many.', path: ['input', 'users'] },
    { message: 'Past.', path: ['input', 'endsAt'] },
  ];
  expect(generalMessages(errors)).toEqual(['Too many.', 'Past.']);
});
