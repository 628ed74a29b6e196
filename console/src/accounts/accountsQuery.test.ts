import { expect, test } from 'vitest';
import { countHidden } from './accountsQuery';

const service = (code: string, account: string) => ({ __typename: 'Service' as const, id: code, code, name: code, other: { __typename: 'DeliveryAccount' as const, id: account } });
const account = (id: string) => ({ __typename: 'DeliveryAccount' as const, id, name: id });

test('a service of an account that is not read is among those that are not shown', () => {
  const others = { __typename: 'DeliveryAccountConnection' as const, totalCount: 2, nodes: [account('one')] };
  const services = { __typename: 'ServiceConnection' as const, totalCount: 5, nodes: [service('A', 'one'), service('B', 'two')] };
  expect(countHidden({ others, services })).toBe(4);
});
