import { fromLocalTime } from '../../localTime';
import { textOf } from '../../searchParameters';

/** A time in an address, such as 2026-01-31T12:00:00Z: the same for whoever opens the link. */
export function momentOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

/** What is wrong with a time that was entered, in the field's own form. */
export type MomentFault = 'incomplete' | 'future';

/** The time that was entered, as the address has it. */
export function enteredMoment(value: string, now: Date): { moment: string } | { fault: MomentFault } {
  const time = fromLocalTime(value);
  if (!time) return { fault: 'incomplete' };
  if (new Date(time) > now) return { fault: 'future' };
  return { moment: time.replace('.000Z', 'Z') };
}
