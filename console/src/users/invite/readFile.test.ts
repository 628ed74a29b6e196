import { expect, test } from 'vitest';
import { decoded, isBinary } from './readFile';

test.each([
  ['UTF-8', [0x4a, 0xc3, 0xb6]],
  ['UTF-8 with its mark', [0xef, 0xbb, 0xbf, 0x4a, 0xc3, 0xb6]],
  ['UTF-16, little end first', [0xff, 0xfe, 0x4a, 0, 0xf6, 0]],
  ['UTF-16, big end first', [0xfe, 0xff, 0, 0x4a, 0, 0xf6]],
  ['Windows-1252', [0x4a, 0xf6]],
])('%s is read', (_, bytes) => {
  expect(decoded(Uint8Array.from(bytes))).toBe('Jö');
});

test('the file of a spreadsheet program is no text', () => {
  expect(isBinary(decoded(Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0])))).toBe(true);
  expect(isBinary('ann@x.example')).toBe(false);
});
