/** An email address as it was typed, and the line of the text in which it stands. */
export interface TypedEmail {
  line: number;
  email: string;
}

interface Row {
  line: number;
  cells: string[];
}

const HEAD = /^(e-?mail|mail)([\s_-]?(address|adresse|addresses))?$/i;
const BRACKETED = /<([^<>\s]+@[^<>\s]+)>/g;

/** The email addresses of a text that was pasted or read from a file, in their order: separated by commas, semicolons, tabs
 *  and line breaks, with names (`Ann Lee <ann@acme.example>`), or in one column of a table. Anything else is kept as it is,
 *  so that nothing is lost in silence: the server refuses it. */
export function parseEmails(text: string): TypedEmail[] {
  const content = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const table = tableOf(content);
  if (table) return table.rows.flatMap(({ line, cells }) => emailsOf(cells[table.column] ?? '', line));
  const rows = rowsOf(content, ',;\\t');
  return rows.flatMap(({ line, cells }) => cells.filter((_, place) => !isSurname(cells, place)).flatMap((cell) => emailsOf(cell, line)));
}

/** The rows of a table without its head, and its column with email addresses; null if the text is no table. */
function tableOf(content: string): { rows: Row[]; column: number } | null {
  const head = content.split('\n').find((line) => line.trim() !== '') ?? '';
  const separator = mostFrequent(['\t', ';', ','], head);
  const rows = rowsOf(content, separator === '\t' ? '\\t' : separator, true);
  const named = rows[0]?.cells.findIndex((cell) => HEAD.test(unquoted(cell))) ?? -1;
  if (named >= 0 && !head.includes('@')) return { rows: rows.slice(1), column: named };
  const column = rows[0]?.cells.findIndex((cell) => cell.includes('@')) ?? -1;
  const isTable = rows.length > 1 && (rows[0]?.cells.length ?? 0) > 1 && rows.every(({ cells }) => isOnlyColumn(cells, column));
  return isTable ? { rows, column } : null;
}

function isOnlyColumn(cells: readonly string[], column: number): boolean {
  return cells.length > 1 && cells.every((cell, place) => cell.includes('@') === (place === column));
}

function mostFrequent(characters: readonly string[], text: string): string {
  const counts = characters.map((character) => text.split(character).length);
  return characters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Splits a text into rows and cells without empty ones, except in a table. In quotes, separators are text; in a table, so are
 *  line breaks. A quote without its counterpart is text. */
function rowsOf(content: string, separators: string, isTable = false): Row[] {
  const quoted = isTable ? '"(?:[^"]|"")*"' : '"(?:[^"\\n]|"")*"';
  const cell = new RegExp(`((?:${quoted}|[^${separators}\\n"]|")*)([${separators}\\n]|$)`, 'g');
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let line = 1;
  for (const [whole, text = '', end] of content.matchAll(cell)) {
    row.cells.push(text.trim());
    line += whole.split('\n').length - 1;
    if (end === '\n' || end === '') {
      rows.push(row);
      row = { line, cells: [] };
    }
  }
  const filled = rows.filter(({ cells }) => cells.some((each) => each !== ''));
  return isTable ? filled : filled.map((each) => ({ ...each, cells: each.cells.filter((one) => one !== '') }));
}

/** Whether a cell is the surname of `Lee, Ann <ann@acme.example>`. */
function isSurname(cells: readonly string[], place: number): boolean {
  return !cells[place]?.includes('@') && /^[^<@]+<[^<>\s]+@[^<>\s]+>$/.test(cells[place + 1] ?? '');
}

function emailsOf(cell: string, line: number): TypedEmail[] {
  const text = unquoted(cell);
  const bracketed = [...text.matchAll(BRACKETED)].map(([, email = '']) => email);
  const words = text.split(/\s+/);
  const found = bracketed.length ? bracketed : words.every((word) => word.includes('@')) ? words : [text];
  return found.map(bare).flatMap((email) => (email ? [{ line, email }] : []));
}

function unquoted(cell: string): string {
  return /^".*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell;
}

function bare(email: string): string {
  return email.replace(/^['"<([]*(mailto:)?/i, '').replace(/['">)\].]*$/, '');
}
