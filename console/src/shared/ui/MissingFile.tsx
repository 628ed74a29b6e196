import { Trans, useLingui } from '@lingui/react/macro';
import { useLayoutEffect, useRef } from 'react';
import type { Problem } from '../api/problem';
import { useVersion } from '../version';
import { Button } from './Button';
import { Actions } from './Dialog';
import styles from './MissingFile.module.css';
import { ProblemNotice } from './ProblemNotice';

/** What keeps a file of the page from being loaded. */
export function useMissingFile(): Problem {
  const isOutdated = useVersion() !== 'current';
  return { kind: isOutdated ? 'version' : navigator.onLine ? 'unreachable' : 'offline', requestId: null, retryAfter: null };
}

interface MissingFileProps {
  /** Whether it has been tried again: some browsers don't ask again for what they could not load. */
  isRetried: boolean;
  onRetry: () => void;
  onClose: (() => void) | undefined;
}

/** Says over the page that a menu or dialog can't be opened. It is the browser's own dialog: ours may be what is missing. */
export function MissingFile({ isRetried, onRetry, onClose }: MissingFileProps) {
  const { t } = useLingui();
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useMissingFile();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // It gives the focus back to what had it.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={t`This could not be opened`}
      className={styles['dialog']}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <h2>
        <Trans>This could not be opened</Trans>
      </h2>
      <ProblemNotice problem={problem} retry={onRetry} />
      <Actions>
        {isRetried && problem.kind !== 'version' && (
          <Button onPress={() => location.reload()}>
            <Trans>Reload</Trans>
          </Button>
        )}
        {onClose && (
          <Button onPress={onClose}>
            <Trans>Close</Trans>
          </Button>
        )}
      </Actions>
    </dialog>
  );
}
