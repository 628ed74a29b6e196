import { i18n } from '@lingui/core';
import { afterEach, expect, it } from 'vitest';
import { entriesCsv } from './entriesCsv';
import type { Entry } from './reviewsQuery';

afterEach(() => i18n.activate('en'));

const given = { __typename: 'AccessReason' as const, kind: 'GIVEN' as const, conditions: [] };
const condition = { __typename: 'AccessReasonCondition' as const, holds: true };
const permission: Entry = {
  __typename: 'AccessReviewEntry',
  id: 'rve_1',
  userEmail: 'a@b.example',
  userName: '=1+1',
  userStatus: 'ACTIVE',
  user: null,
  kind: 'PERMISSION',
  accountId: null,
  name: 'SUPPORT_VIEW',
  accounts: null,
  endsAt: null,
  why: 'granted',
  reasons: [given],
  removable: true,
  decision: 'KEEP',
};
const conditions = [
  { ...condition, kind: 'GRANT' as const, name: 'South' },
  { ...condition, kind: 'OTHER' as const, name: 'is a Tuesday' },
];
const account: Entry = {
  ...permission,
  kind: 'CONTRACT_ACCOUNT',
  name: 'A, "B"; C',
  accountId: 'ca_1',
  reasons: [{ ...given, kind: 'POLICY', conditions }, given],
  decision: null,
};

it('quotes what has to be quoted, lets no name be a formula, and says everything in words', () => {
  expect(entriesCsv([permission, account])).toBe(
    '\uFEFFEmail address,Name,Status,Kind,Permission or account,Account ID,Until,Why,Mark\r\n' +
      `a@b.example,'=1+1,Active,Permission,Support: view,,,It was given to them.,Keep\r\n` +
      `a@b.example,'=1+1,Active,Contract account,"A, ""B""; C",ca_1,,` +
      'They were given South. is a Tuesday. And for another reason: It was given to them.,Not marked yet\r\n',
  );
});

it('divides by semicolons where a comma divides decimals', () => {
  i18n.load({ de: {} });
  i18n.activate('de');
  expect(entriesCsv([account])).toContain(`;Contract account;"A, ""B""; C";ca_1;;They were given South.`);
});

it('says what old reviews have in words only', () => {
  expect(entriesCsv([{ ...permission, reasons: [] }])).toContain(',granted,Keep');
});
