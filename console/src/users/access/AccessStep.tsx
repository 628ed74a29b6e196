import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Actions } from '../../shared/ui/Dialog';
import styles from './access.module.css';
import { AccessChoices, type AccessChoicesProps } from './AccessChoices';
import { Messages } from './Messages';

interface AccessStepProps extends AccessChoicesProps {
  /** What is chosen before permissions and accounts. */
  head?: ReactNode;
  /** Whether the head says everything, so that permissions and accounts aren't chosen. */
  isChosen?: boolean;
  /** The region *What this user will see*. */
  preview: ReactNode;
  /** The buttons. */
  children: ReactNode;
}

/** What somebody may do and see: permissions, accounts, and until when. */
export function AccessStep({ head, isChosen = false, preview, children, ...choices }: AccessStepProps) {
  const { errors } = choices;
  return (
    <div className={styles['columns']}>
      <div className={styles['step']}>
        <h2>
          <Trans>Permissions and access</Trans>
        </h2>
        {head}
        {!isChosen && <AccessChoices {...choices} />}
        <Messages messages={[...(errors['audience'] ?? []), ...(errors[''] ?? [])]} />
        <Actions>{children}</Actions>
      </div>
      {preview}
    </div>
  );
}
