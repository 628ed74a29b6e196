import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { lazily } from '../../shared/lazily';
import { Button } from '../../shared/ui/Button';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { MOST_SELECTED, type Selection } from '../useSelection';
import styles from './bulk.module.css';
import type { BulkKind } from './bulkChange';
import { type Matching, useMatching } from './useMatching';

const ChangeUsersDialog = lazily(() => import('./ChangeUsersDialog'), 'ChangeUsersDialog');

interface SelectionBarProps {
  selection: Selection;
  /** The whole list, and how many users there are in it. */
  list: Matching;
  total: number;
}

/** What can be done with the users who are selected, here and on other pages of the list. */
export function SelectionBar({ selection: { selected, replace, clear }, list, total }: SelectionBarProps) {
  const { t, i18n } = useLingui();
  const [open, setOpen] = useState<BulkKind | null>(null);
  const { read, isReading, problem } = useMatching(list, replace);
  if (selected.length === 0) return null;
  const close = (isChanged: boolean) => {
    setOpen(null);
    if (isChanged) clear();
  };
  const all = i18n.number(total);
  return (
    <div className={styles['bar']} role="group" aria-label={t`Selected users`}>
      <Button variant="primary" onPress={() => setOpen('give')}>
        <Plural value={selected.length} one="Change # user" other="Change # users" />
      </Button>
      <Button onPress={() => setOpen('extend')}>
        <Trans>Extend</Trans>
      </Button>
      {selected.length < Math.min(total, MOST_SELECTED) && (
        <Button isPending={isReading} onPress={read}>
          {total > MOST_SELECTED ? t`Select the first ${MOST_SELECTED} of ${all} users` : t`Select all ${all} users of this list`}
        </Button>
      )}
      <Button variant="quiet" onPress={clear}>
        <Trans>Clear selection</Trans>
      </Button>
      {problem && <ProblemNotice problem={problem} retry={read} />}
      {open && <ChangeUsersDialog users={[...selected]} kind={open} onClose={close} />}
    </div>
  );
}
