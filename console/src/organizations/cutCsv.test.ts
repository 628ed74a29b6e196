import { expect, test } from 'vitest';
import { cutCsv } from './cutCsv';

test('a small file is one part, without its mark', () => {
  expect(cutCsv('\uFEFFcode,name\nA,B\n')).toEqual([{ csv: 'code,name\nA,B\n', skipped: 0, rows: 1 }]);
  expect(cutCsv('')).toEqual([{ csv: '', skipped: 0, rows: 0 }]);
});

test('each part has the first lines, and says how many lines were left out', () => {
  const rows = Array.from({ length: 1_200 }, (_, place) => `C-${place},x\r\n`);
  const parts = cutCsv(['sep=,\r\n', 'code,name\r\n', ...rows].join(''));
  expect(parts.map(({ skipped, rows: count }) => [skipped, count])).toEqual([
    [0, 500],
    [500, 500],
    [1000, 200],
  ]);
  expect(parts.every(({ csv }) => csv.startsWith('sep=,\r\ncode,name\r\nC-'))).toBe(true);
  const body = parts.map(({ csv }) => csv.slice('sep=,\r\ncode,name\r\n'.length)).join('');
  expect(body).toBe(rows.join(''));
});

test('a text with line breaks in quotes stays in one row', () => {
  const [part] = cutCsv('code,name\nA,"one\n""two""\nthree"\nB,x');
  expect(part).toEqual({ csv: 'code,name\nA,"one\n""two""\nthree"\nB,x', skipped: 0, rows: 2 });
});

test('long rows make short parts', () => {
  const row = `C,${'x'.repeat(150_000)}\n`;
  expect(cutCsv(`code,name\n${row}${row}`).map(({ rows }) => rows)).toEqual([1, 1]);
});
