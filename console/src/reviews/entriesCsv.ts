import type { Entry } from './reviewsQuery';

const COLUMNS = ['userEmail', 'userName', 'userStatus', 'kind', 'accountId', 'name', 'accounts', 'endsAt', 'why', 'decision'] as const;

/** The entries as a file for a spreadsheet. */
export function entriesCsv(entries: readonly Entry[]): string {
  const rows = [[...COLUMNS], ...entries.map((entry) => COLUMNS.map((column) => String(entry[column] ?? '')))];
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A spreadsheet must not take a name for a formula. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
