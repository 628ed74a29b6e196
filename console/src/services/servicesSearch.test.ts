import { expect, test } from 'vitest';
import { changed, isFiltered, servicesVariables, validateServicesSearch } from './servicesSearch';

test('what nobody offers is ignored', () => {
  const search = validateServicesSearch({ status: ['ACTIVE', 'BROKEN'], order: 'PRICE_ASC', search: '', contractAccount: 'ca_1' });
  expect(search).toEqual({ status: ['ACTIVE'], contractAccount: 'ca_1' });
  expect(isFiltered(search)).toBe(true);
  expect(isFiltered({ order: 'NAME_ASC' })).toBe(false);
});

test('another filter begins at the first page', () => {
  expect(changed({ after: 'x', order: 'NAME_ASC' }, { status: ['ACTIVE'] })).toEqual({ status: ['ACTIVE'], order: 'NAME_ASC' });
});

test('the list is narrowed by the accounts of the address', () => {
  const { filter, accounts, orderBy } = servicesVariables({ contractAccount: 'ca_1', before: 'x' });
  expect(filter.contractAccounts).toEqual(['ca_1']);
  expect(accounts).toEqual(['ca_1']);
  expect(orderBy).toBe('CODE_ASC');
});
