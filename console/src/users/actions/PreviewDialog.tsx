import { Trans, useLingui } from '@lingui/react/macro';
import { errorText } from '../../shared/api/errorWords';
import { useRead } from '../../shared/api/operations';
import { Button } from '../../shared/ui/Button';
import { Actions, Dialog } from '../../shared/ui/Dialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { PreviewedAccess } from '../access/queries';
import { AccessSummary } from './AccessSummary';
import type { MenuUser } from './menuUser';

/** What a user sees, by the policy itself. */
export function PreviewDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const { data, problem, retry } = useRead(PreviewedAccess, { input: { user: user.id } });
  const preview = data?.accessPreview;
  return (
    <Dialog title={t`What ${user.displayName} sees`} onClose={onClose}>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {preview?.errors.map((error) => (
        <p key={error.code} role="alert">
          {errorText(error)}
        </p>
      ))}
      {preview?.after && <AccessSummary view={preview.after} />}
      {!preview && !problem && <Skeleton />}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
