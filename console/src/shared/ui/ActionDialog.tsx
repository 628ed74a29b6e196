import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button } from './Button';
import { Actions, Dialog } from './Dialog';
import { ProblemNotice } from './ProblemNotice';
import type { Action } from '../api/useAction';

interface ActionDialogProps {
  title: string;
  /** The words of the button that does it. */
  confirm: string;
  action: Action;
  isDangerous?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before something is done to somebody, and says what comes of it. */
export function ActionDialog({ title, confirm, action, isDangerous = false, onClose, children }: ActionDialogProps) {
  return (
    <Dialog title={title} role="alertdialog" onClose={onClose}>
      {children}
      {action.problem && <ProblemNotice problem={action.problem} />}
      {action.errors.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant={isDangerous ? 'danger' : 'primary'} isPending={action.isSending} onPress={action.run}>
          {confirm}
        </Button>
      </Actions>
    </Dialog>
  );
}
