import { expect, test } from 'vitest';
import { changeInput, extendInput, generalErrors, noChange } from './bulkChange';

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

test('errors about single users are left to their results', () => {
  const errors = [
    { code: 'INVALID', message: 'Refused.', path: ['input', 'users', '3'] },
    { code: 'INVALID', message: 'Too many.', path: ['input', 'users'] },
    { code: 'INVALID', message: 'Past.', path: ['input', 'endsAt'] },
  ];
  expect(generalErrors(errors)).toEqual(errors.slice(1));
});
