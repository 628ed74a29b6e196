import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';

/** Shown in the place of a list that has nobody in it. */
export function EmptyList({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!isFiltered) {
    return (
      <EmptyState title={t`No users yet`}>
        <Trans>Users whom you may see appear here.</Trans>
      </EmptyState>
    );
  }
  const all = (
    <Button onPress={onClear}>
      <Trans>Show all users</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No users found`} action={all}>
      <Trans>Nobody whom you may see matches the search and the filters.</Trans>
    </EmptyState>
  );
}
