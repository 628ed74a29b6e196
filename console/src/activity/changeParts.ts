import type { AuditEntry } from './activityQuery';

export type Change = AuditEntry['changes'][number];

/** What has become of a field: a value instead of another one or of none, a value taken away, or entries of a list, which
 *  may be new itself. */
export type ChangeParts =
  | { kind: 'set'; value: unknown }
  | { kind: 'replaced'; before: unknown; after: unknown }
  | { kind: 'cleared'; before: unknown }
  | { kind: 'list'; added: readonly unknown[]; removed: readonly unknown[]; isNew: boolean };

/** Splits a change into what is to be said of it; null if there is nothing to say, such as an empty list of a new user. */
export function changeParts({ before, after }: Pick<Change, 'before' | 'after'>): ChangeParts | null {
  if (Array.isArray(before) || Array.isArray(after)) return listParts(entriesOf(before), entriesOf(after), before === null);
  if (before === null) return after === null || after === false ? null : { kind: 'set', value: after };
  return after === null ? { kind: 'cleared', before } : { kind: 'replaced', before, after };
}

function listParts(before: readonly unknown[], after: readonly unknown[], isNew: boolean): ChangeParts | null {
  const removed = without(before, after);
  const added = without(after, before);
  return added.length + removed.length > 0 ? { kind: 'list', added, removed, isNew } : null;
}

function without(entries: readonly unknown[], others: readonly unknown[]): unknown[] {
  const known = new Set(others.map((other) => JSON.stringify(other)));
  return entries.filter((entry) => !known.has(JSON.stringify(entry)));
}

function entriesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : value === null ? [] : [value];
}
