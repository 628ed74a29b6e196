/** The value of a field of the type `datetime-local` for an ISO 8601 time, in the time zone of the browser; '' for ''. It
 *  has no seconds, unless they are wanted and aren't zero. */
export function toLocalTime(time: string, { seconds = false } = {}): string {
  const date = new Date(time);
  if (time === '' || Number.isNaN(date.valueOf())) return '';
  return new Date(date.valueOf() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, seconds && date.getSeconds() > 0 ? 19 : 16);
}

/** The ISO 8601 time for the value of such a field; '' if it is incomplete. */
export function fromLocalTime(value: string): string {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.valueOf()) ? '' : date.toISOString();
}
