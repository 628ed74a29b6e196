import { expect, test } from 'vitest';
import { changed, isFiltered, requestsVariables, validateRequestsSearch } from './requestsSearch';

test('what nobody offers is ignored', () => {
  const search = validateRequestsSearch({ state: ['PENDING', 'LOST'], of: 'nobody', after: '' });
  expect(search).toEqual({ state: ['PENDING'] });
  expect(isFiltered(search)).toBe(true);
  expect(isFiltered({ after: 'x' })).toBe(false);
});

test('another filter begins at the newest page', () => {
  expect(changed({ after: 'x', state: ['PENDING'] }, { of: 'mine' })).toEqual({ state: ['PENDING'], of: 'mine' });
});

test('the list is narrowed by whose requests they are', () => {
  expect(requestsVariables({ of: 'others' }).filter).toEqual({ state: undefined, mine: false });
  expect(requestsVariables({}).filter).toEqual({ state: undefined, mine: undefined });
});
