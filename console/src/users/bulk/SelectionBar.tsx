import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { lazily } from '../../shared/lazily';
import { Button } from '../../shared/ui/Button';
import styles from './bulk.module.css';
import type { BulkKind } from './bulkChange';

const ChangeUsersDialog = lazily(() => import('./ChangeUsersDialog'), 'ChangeUsersDialog');

interface SelectionBarProps {
  selected: readonly string[];
  onClear: () => void;
}

/** What can be done with the users who are selected, here and on other pages of the list. */
export function SelectionBar({ selected, onClear }: SelectionBarProps) {
  const { t } = useLingui();
  const [open, setOpen] = useState<BulkKind | null>(null);
  if (selected.length === 0) return null;
  const close = (isChanged: boolean) => {
    setOpen(null);
    if (isChanged) onClear();
  };
  return (
    <div className={styles['bar']} role="group" aria-label={t`Selected users`}>
      <Button variant="primary" onPress={() => setOpen('give')}>
        <Plural value={selected.length} one="Change # user" other="Change # users" />
      </Button>
      <Button onPress={() => setOpen('extend')}>
        <Trans>Extend</Trans>
      </Button>
      <Button variant="quiet" onPress={onClear}>
        <Trans>Clear selection</Trans>
      </Button>
      {open && <ChangeUsersDialog users={[...selected]} kind={open} onClose={close} />}
    </div>
  );
}
