/** The size up to which a file is read, in bytes: far more than the email addresses of one invitation. */
export const LARGEST = 1_000_000;

/** The text of a file: UTF-8, UTF-16 with its mark, or else the Western European encoding of older spreadsheets. */
export function decoded(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Whether a text is none: the content of a spreadsheet or another program's file. */
export function isBinary(text: string): boolean {
  return text.includes('\u0000');
}
