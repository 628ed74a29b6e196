import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../shared/ui/Button';
import styles from './Activity.module.css';
import type { AuditEntry } from './activityQuery';
import { type ChangeParts, changeParts } from './changeParts';
import { useValueWords } from './useValueWords';

/** How many entries of a list are named, before a button shows the others. */
const NAMED = 10;

/** What an event changed: each field with what was before and what is now. */
export function Changes({ event }: { event: AuditEntry }) {
  const words = useValueWords(event);
  const shown = event.changes.flatMap((change) => {
    // Which request it was, the other fields say: it has no name.
    const parts = change.field === 'accessRequest' ? null : changeParts(change);
    return parts ? [{ field: change.field, parts }] : [];
  });
  // What was tried comes before the reasons why it was denied.
  shown.sort((one, other) => Number(other.field === 'operation') - Number(one.field === 'operation'));
  if (shown.length === 0) return null;
  return (
    <ul className={styles['changes']}>
      {shown.map(({ field, parts }) => (
        <li key={field}>
          <span className={styles['field']}>{words.label(field)}:</span>{' '}
          <Change parts={parts} say={(value) => words.value(field, value)} />
        </li>
      ))}
    </ul>
  );
}

interface ChangeProps {
  parts: ChangeParts;
  say: (value: unknown) => string;
}

function Change({ parts, say }: ChangeProps) {
  switch (parts.kind) {
    case 'set':
      return <span>{say(parts.value)}</span>;
    case 'cleared':
      return <Trans>none; before: {say(parts.before)}</Trans>;
    case 'replaced':
      return (
        <Trans>
          {say(parts.after)}; before: {say(parts.before)}
        </Trans>
      );
    case 'list':
      return <ListChange added={parts.added.map(say)} removed={parts.removed.map(say)} isNew={parts.isNew} />;
  }
}

/** The entries that a list has got and lost. */
function ListChange({ added, removed, isNew }: { added: readonly string[]; removed: readonly string[]; isNew: boolean }) {
  const { i18n } = useLingui();
  const [isWhole, setWhole] = useState(false);
  const others = isWhole ? 0 : Math.max(0, added.length - NAMED) + Math.max(0, removed.length - NAMED);
  const names = (all: readonly string[]) => new Intl.ListFormat(i18n.locale).format(isWhole ? all : all.slice(0, NAMED));
  return (
    <>
      {isNew && names(added)}
      {!isNew && added.length > 0 && <Trans>added {names(added)}</Trans>}
      {added.length > 0 && removed.length > 0 && '; '}
      {removed.length > 0 && <Trans>removed {names(removed)}</Trans>}
      {others > 0 && (
        <Button variant="small" onPress={() => setWhole(true)}>
          <Trans>{others} more</Trans>
        </Button>
      )}
    </>
  );
}
