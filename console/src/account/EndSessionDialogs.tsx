import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { useAction } from '../shared/api/useAction';
import { type AccountSession, EndOtherSessions, EndSession } from './accountQuery';

export function EndSessionDialog({ session, onClose }: { session: AccountSession; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(EndSession, { id: session.id }, (ended) => ended.endSession, onClose);
  const name = session.userAgent ?? t`Unknown browser`;
  return (
    <ActionDialog title={t`End this session?`} confirm={t`End session`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>{name} is signed out at once. What is typed and not saved there is lost.</Trans>
      </p>
    </ActionDialog>
  );
}

export function EndOtherSessionsDialog({ count, onClose }: { count: number; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(EndOtherSessions, {}, (ended) => ended.endOtherSessions, onClose);
  return (
    <ActionDialog title={t`End all other sessions?`} confirm={t`End all other sessions`} action={action} isDangerous onClose={onClose}>
      <p>
        <Plural
          value={count}
          one="# session ends at once. You stay signed in here."
          other="# sessions end at once. You stay signed in here."
        />
      </p>
    </ActionDialog>
  );
}
