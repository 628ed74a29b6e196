import { expect, test } from 'vitest';
import { formatSearch, oneOf, parseSearch, someOf, textOf } from './searchParameters';

test('an address is read as it was written', () => {
  const search = { search: 'pear & co', status: ['ACTIVE', 'PENDING'], order: 'NAME_ASC' };
  expect(formatSearch(search)).toBe('?search=pear+%26+co&status=ACTIVE&status=PENDING&order=NAME_ASC');
  expect(parseSearch(formatSearch(search))).toEqual(search);
});

test('what is empty is left out', () => {
  expect(formatSearch({ search: '', status: [], after: undefined })).toBe('');
});

test('values that nobody offers are ignored', () => {
  const words = ['ACTIVE', 'PENDING'] as const;
  expect(someOf(words, ['PENDING', 'ROOT', 'ACTIVE'])).toEqual(['ACTIVE', 'PENDING']);
  expect(someOf(words, 'ROOT')).toBeUndefined();
  expect(oneOf(words, 'ACTIVE')).toBe('ACTIVE');
  expect(oneOf(words, undefined)).toBeUndefined();
  expect(textOf(['a', 'b'])).toBe('a');
});
