import { expect, it } from 'vitest';
import { lossesByUser, withdrawal } from './losses';
import type { Entry } from './reviewsQuery';

const entry = (values: Partial<Entry>) => ({ userEmail: 'a@b.example', user: { id: 'usr_1' }, accountId: null, ...values }) as Entry;

it('joins what each user loses', () => {
  const [billing, south, other] = [
    entry({ kind: 'PERMISSION', name: 'BILLING_VIEW' }),
    entry({ kind: 'CONTRACT_ACCOUNT', name: 'South', accountId: 'ca_1' }),
    entry({ kind: 'ALL_CONTRACT_ACCOUNTS', userEmail: 'c@d.example', user: null }),
  ];
  expect(lossesByUser([billing, other, south]).map(({ user, entries }) => [user, entries.length])).toEqual([
    ['usr_1', 2],
    [undefined, 1],
  ]);
  expect(withdrawal([billing, south])).toEqual({ withoutPermissions: ['BILLING_VIEW'], withoutAccounts: ['ca_1'] });
  expect(withdrawal([other])).toEqual({ withoutPermissions: [], withoutAccounts: [], allContractAccounts: false });
});
