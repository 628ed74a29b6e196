import { expect, test } from 'vitest';
import { fromLocalTime, toLocalTime } from './localTime';

test('a time that is entered comes back as it was entered', () => {
  for (const entered of ['2030-01-15T08:30', '2030-07-15T23:59']) expect(toLocalTime(fromLocalTime(entered))).toBe(entered);
});

test('a time that is incomplete is none', () => {
  expect(fromLocalTime('')).toBe('');
  expect(fromLocalTime('2030-13')).toBe('');
  expect(toLocalTime('')).toBe('');
  expect(toLocalTime('soon')).toBe('');
});
