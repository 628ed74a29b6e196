import { Trans, useLingui } from '@lingui/react/macro';
import { useBlocker } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Button } from './Button';
import { Actions, Dialog } from './Dialog';

interface Leaving {
  current: { pathname: string };
  next: { pathname: string };
}

/** Asks before somebody leaves the page, if something of it is not saved. A reload keeps that, so it isn't asked for. */
export function LeaveDialog({ isUnsaved }: { isUnsaved: boolean }) {
  const { t } = useLingui();
  const shouldBlockFn = useCallback(({ current, next }: Leaving) => isUnsaved && current.pathname !== next.pathname, [isUnsaved]);
  const { status, proceed, reset } = useBlocker({ shouldBlockFn, enableBeforeUnload: false, withResolver: true });
  if (status !== 'blocked') return null;
  return (
    <Dialog title={t`Leave this page?`} role="alertdialog" onClose={reset}>
      <p>
        <Trans>What you have typed and chosen here is not saved. If you leave, it is discarded.</Trans>
      </p>
      <Actions>
        <Button onPress={proceed}>
          <Trans>Discard and leave</Trans>
        </Button>
        <Button variant="primary" autoFocus onPress={reset}>
          <Trans>Stay</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
