import { expect, test } from 'vitest';
import { parseEmails } from './parseEmails';

const emails = (text: string): string[] => parseEmails(text).map(({ email }) => email);
const [ann, bob, cy] = ['ann@x.example', 'bob@x.example', 'cy@y.example'];

test.each([
  ['lines', `${ann}\n${bob}\r\n${cy}\r`],
  ['commas', `${ann}, ${bob},${cy},`],
  ['semicolons', `${ann};${bob}; ${cy};`],
  ['tabs', `${ann}\t${bob}\t${cy}`],
  ['spaces', `${ann} ${bob}  ${cy}`],
  ['empty lines and spaces', `\n  ${ann}\n\n \t\n${bob} \n\n${cy}\n\n`],
  ['quotes', `"${ann}"\n'${bob}', "${cy}"`],
  ['names', `Ann Lee <${ann}>\n"Bond, Bob" <${bob}>; <${cy}>`],
  ['surnames first', `Lee, Ann <${ann}>; Bond, Bob <${bob}>\nYork, Cy <${cy}>`],
  ['a signature', `Ann <${ann}> Bob <${bob}> Cy <${cy}>`],
  ['links', `mailto:${ann}\nMAILTO:${bob}, (${cy}).`],
  ['a byte order mark', `\uFEFF${ann}\n${bob}\n${cy}`],
  ['a table with a head', `Name,E-Mail,Note\nAnn,${ann},a@b\n"Bond, Bob",${bob},\nCy,${cy},"two\nlines"\nNobody,,x`],
  ['a table of semicolons', `Name;Email address;City\nLee, Ann;${ann};X\nBob;"${bob}";\nCy;${cy};Y`],
  ['a table of tabs', `email\tname\n${ann}\tAnn\n${bob}\tBob\n${cy}\tCy`],
  ['a table of one column', `Email\n${ann}\n${bob}\n${cy}`],
  ['a table without a head', `Ann,Lee,${ann}\nBob,Bond,${bob}\nCy,York,${cy}`],
])('%s', (_, text) => {
  expect(emails(text)).toEqual([ann, bob, cy]);
});

test('what is no address is kept for the server to refuse', () => {
  expect(emails(`${ann}, nobody\nAnn Lee\nann lee@x.example\na@@b`)).toEqual([ann, 'nobody', 'Ann Lee', 'ann lee@x.example', 'a@@b']);
});

test('repeated addresses are kept, with the lines in which they stand', () => {
  expect(parseEmails(`${ann}\n\n${bob}; ${ann.toUpperCase()}\n"x`)).toEqual([
    { line: 1, email: ann },
    { line: 3, email: bob },
    { line: 3, email: ann.toUpperCase() },
    { line: 4, email: 'x' },
  ]);
});

test('nothing has no addresses', () => {
  expect(['', ' \n\t', ',;,', '""'].flatMap(emails)).toEqual([]);
});

test('a long text is read fast enough to do so at each key', () => {
  const many = Array.from({ length: 5_000 }, (_, place) => `"User ${place}" <u${place}@x.example>`);
  expect(emails(many.join('\n'))).toHaveLength(5_000);
});
