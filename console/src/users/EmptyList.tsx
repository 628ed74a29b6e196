import { Trans } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import styles from './UsersPage.module.css';

/** Shown in the place of a list that has nobody in it. */
export function EmptyList({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (!isFiltered) {
    return (
      <div className={styles['empty']}>
        <h2>
          <Trans>No users yet</Trans>
        </h2>
        <p>
          <Trans>Users whom you may see appear here.</Trans>
        </p>
      </div>
    );
  }
  return (
    <div className={styles['empty']}>
      <h2>
        <Trans>No users found</Trans>
      </h2>
      <p>
        <Trans>Nobody whom you may see matches the search and the filters.</Trans>
      </p>
      <Button onPress={onClear}>
        <Trans>Show all users</Trans>
      </Button>
    </div>
  );
}
