import { Plural, Trans, useLingui } from '@lingui/react/macro';
import type { Problem } from '../../shared/api/problem';
import { Button } from '../../shared/ui/Button';
import { Actions, Dialog } from '../../shared/ui/Dialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { BulkResults } from '../bulk/BulkResults';
import type { BulkOutcome } from '../bulk/useBulkChange';

interface ChangedUsersDialogProps {
  name: string;
  outcome: BulkOutcome;
  problem: Problem | null;
  isSending: boolean;
  onApply: () => void;
  onClose: () => void;
}

/** Says which users of a template gain and lose what, before it is changed. */
export function ChangedUsersDialog({ name, outcome, problem, isSending, onApply, onClose }: ChangedUsersDialogProps) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Change ${name} and its users?`} onClose={onClose}>
      <BulkResults outcome={outcome} />
      {!outcome.isPossible && (
        <p>
          <Trans>Nothing is changed unless all of its users can be.</Trans>
        </p>
      )}
      {problem && <ProblemNotice problem={problem} />}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        {outcome.isPossible && (
          <Button variant="primary" isPending={isSending} onPress={onApply}>
            <Plural value={outcome.changed} one="Change # user" other="Change # users" />
          </Button>
        )}
      </Actions>
    </Dialog>
  );
}
