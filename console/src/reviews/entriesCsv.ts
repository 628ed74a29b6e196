import { i18n, type MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { toLocalTime } from '../shared/localTime';
import { statusWords } from '../users/words';
import { whatText } from './entryWords';
import { reasonTexts } from './reasonWords';
import type { Entry } from './reviewsQuery';
import { kindWords, markWords } from './words';

const columns: readonly { name: MessageDescriptor; cell: (entry: Entry) => string }[] = [
  { name: msg`Email address`, cell: ({ userEmail }) => userEmail },
  { name: msg`Name`, cell: ({ userName }) => userName },
  { name: msg`Status`, cell: ({ userStatus }) => i18n._(statusWords[userStatus]) },
  { name: msg`Kind`, cell: ({ kind }) => i18n._(kindWords[kind]) },
  { name: msg`Permission or account`, cell: whatText },
  { name: msg`Account ID`, cell: ({ accountId }) => accountId ?? '' },
  { name: msg`Until`, cell: ({ endsAt }) => toLocalTime(endsAt ?? '').replace('T', ' ') },
  { name: msg`Why`, cell: (entry) => reasonTexts(entry).join(` ${i18n._(msg`And for another reason:`)} `) },
  { name: msg`Mark`, cell: ({ decision }) => i18n._(markWords[decision ?? 'NONE']) },
];

/** The entries as a file for a spreadsheet, in the language of the page. */
export function entriesCsv(entries: readonly Entry[]): string {
  const rows = [columns.map(({ name }) => i18n._(name)), ...entries.map((entry) => columns.map(({ cell }) => cell(entry)))];
  const separator = separatorOf(i18n.locale);
  return `\uFEFF${rows.map((row) => row.map((value) => quoted(value, separator)).join(separator)).join('\r\n')}\r\n`;
}

/** Spreadsheets divide lines by semicolons where the comma is the decimal separator. */
function separatorOf(locale: string): ',' | ';' {
  return new Intl.NumberFormat(locale).format(0.5).includes(',') ? ';' : ',';
}

/** A spreadsheet must not take a name for a formula. */
function quoted(value: string, separator: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /["\r\n]/.test(safe) || safe.includes(separator) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
