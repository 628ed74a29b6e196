import { expect, test } from 'vitest';
import { formatSearch, parseSearch } from '../shared/searchParameters';
import { changed, isFiltered, usersVariables, validateUsersSearch } from './usersSearch';

test('an address becomes the variables of the query', () => {
  const search = validateUsersSearch(parseSearch('?search=ada&status=ACTIVE&status=ROOT&order=STATUS_DESC&after=abc'));
  expect(usersVariables('ORGANIZATION', search)).toEqual({
    first: 25,
    after: 'abc',
    filter: { search: 'ada', status: ['ACTIVE'], audience: ['ORGANIZATION'] },
    orderBy: 'STATUS_DESC',
  });
});

test('an empty address is everybody by name', () => {
  const search = validateUsersSearch({});
  expect(isFiltered(search)).toBe(false);
  expect(formatSearch({ ...search })).toBe('');
  expect(usersVariables('DELIVERY', search)).toEqual({ first: 25, filter: { audience: ['DELIVERY'] }, orderBy: 'NAME_ASC' });
});

test('another filter or order begins at the first page', () => {
  const search = validateUsersSearch({ after: 'abc', kind: 'GROUP' });
  expect(changed(search, { status: ['PENDING'] })).toEqual({ kind: ['GROUP'], status: ['PENDING'] });
});

test('the page before a cursor is asked for from its end', () => {
  expect(usersVariables('DELIVERY', { before: 'abc' })).toMatchObject({ last: 25, before: 'abc' });
});

test('days become numbers and times, and what is no number of days is ignored', () => {
  const search = validateUsersSearch(parseSearch('?notSignedInFor=76&endsWithin=14'));
  expect(isFiltered(search)).toBe(true);
  const { filter } = usersVariables('ORGANIZATION', search);
  expect(filter.notSignedInForDays).toBe(76);
  const days = (Date.parse(String(filter.endsBefore)) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(13.9);
  expect(days).toBeLessThan(14.1);
  for (const value of ['0', '-1', '1e3', '99999', 'x']) expect(validateUsersSearch({ notSignedInFor: value, endsWithin: value })).toEqual({});
});
