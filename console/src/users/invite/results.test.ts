import { expect, test } from 'vitest';
import { countOf, lineResults, refusedFirst, remainingText } from './results';

const sent = ['ann@x.example', 'nobody', 'ANN@x.example', 'bob@x.example'].map((email, place) => ({ line: place + 1, email }));
const refused = (code: 'INVALID' | 'DUPLICATE') => ({ state: 'REFUSED' as const, errors: [{ code, message: code }] });
const results = lineResults(sent, [
  { state: 'INVITED', errors: [] },
  refused('INVALID'),
  refused('DUPLICATE'),
  { state: 'NOT_INVITED', errors: [] },
]);

test('each line has its result', () => {
  expect(results.map(({ line, state }) => [line, state])).toEqual([
    [1, 'INVITED'],
    [2, 'REFUSED'],
    [3, 'REFUSED'],
    [4, 'NOT_INVITED'],
  ]);
  expect(countOf(results, 'REFUSED')).toBe(2);
});

test('the refused lines are first, and stay in the field unless they repeat another', () => {
  expect(refusedFirst(results).map(({ line }) => line)).toEqual([2, 3, 1, 4]);
  expect(remainingText(results)).toBe('nobody\nbob@x.example');
});
