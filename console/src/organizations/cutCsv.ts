/** A part of a CSV file, with the lines before its first row; `skipped` lines of the file lie between the two. */
export interface CsvPart {
  csv: string;
  skipped: number;
  /** How many rows there are in it. */
  rows: number;
}

/** How many rows a part has at most, and how many characters: less than the server takes at once. */
const ROWS = 500;
const CHARACTERS = 200_000;

/** Cuts a file into parts, each with the first line. A row in which a text in quotes has line breaks stays whole. */
export function cutCsv(text: string): CsvPart[] {
  const rows = rowsOf(text.replace(/^\uFEFF/, ''));
  const heads = rows[0] && /^"?sep=/i.test(rows[0]) ? 2 : 1;
  const head = rows.slice(0, heads).join('');
  const parts: CsvPart[] = [];
  let skipped = 0;
  let lines = 0;
  let part: string[] = [];
  let length = 0;
  const end = () => {
    parts.push({ csv: head + part.join(''), skipped, rows: part.length });
    skipped += lines;
    [part, lines, length] = [[], 0, 0];
  };
  for (const row of rows.slice(heads)) {
    if (part.length > 0 && (part.length >= ROWS || length + row.length > CHARACTERS)) end();
    part.push(row);
    lines += row.match(/\r\n|\r|\n/g)?.length ?? 0;
    length += row.length;
  }
  if (part.length > 0 || parts.length === 0) end();
  return parts;
}

/** The rows, each with the line break at its end. */
function rowsOf(text: string): string[] {
  const rows: string[] = [];
  let row = '';
  let isQuoted = false;
  for (const line of text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []) {
    row += line;
    if ((line.match(/"/g)?.length ?? 0) % 2 === 1) isQuoted = !isQuoted;
    if (!isQuoted) {
      rows.push(row);
      row = '';
    }
  }
  return row ? [...rows, row] : rows;
}
