import { Trans } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useRead } from '../../shared/api/operations';
import { Button } from '../../shared/ui/Button';
import { Actions } from '../../shared/ui/Dialog';
import styles from './NewUserPage.module.css';
import { MailFate } from './queries';

/** How often the fate of the email is asked for while it waits, in milliseconds. */
const INTERVAL = 2_000;

interface CreatedUserProps {
  user: { id: string; displayName: string; email: string };
  onClose: () => void;
}

/** Says that the user has been added, and what becomes of the email. */
export function CreatedUser({ user: { id, displayName, email }, onClose }: CreatedUserProps) {
  const { data, retry } = useRead(MailFate, { id });
  const activation = data?.node?.__typename === 'User' ? data.node.activation : null;
  const isWaiting = !activation?.mail || activation.mail === 'QUEUED';
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(retry, INTERVAL);
    return () => clearInterval(timer);
  });
  return (
    <div className={styles['step']}>
      <h2>
        <Trans>{displayName} has been added</Trans>
      </h2>
      <p role="status">
        {isWaiting && <Trans>The activation email to {email} is on its way.</Trans>}
        {activation?.mail === 'SENT' && <Trans>The activation email to {email} has been sent. Its link is good for 7 days.</Trans>}
        {activation?.mail === 'FAILED' && <Trans>The activation email to {email} could not be delivered.</Trans>} {activation?.mailReply}
      </p>
      <Actions>
        <Button variant="primary" onPress={onClose}>
          <Trans>Back to the list</Trans>
        </Button>
      </Actions>
    </div>
  );
}
