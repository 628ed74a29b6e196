import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { useSaid } from '../shared/useSaid';
import { type ListedWebhook, RemoveWebhook, RetireWebhookSecret, RotateWebhookSecret, UpdateWebhook } from './webhooksQuery';

interface WebhookDialogProps {
  webhook: ListedWebhook;
  onClose: () => void;
}

/** A new secret, which the server shows this once. The dialog stays until its button is pressed. */
export function SecretShown({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`The secret of the webhook`}>
      <p>
        <strong>
          <Trans>You see this secret only now.</Trans>
        </strong>{' '}
        <Trans>Store it where the receiver verifies the signatures. If it gets lost, add a new one.</Trans>
      </p>
      <CopyField label={t`Secret`} value={secret} />
      <Actions>
        <Button variant="primary" onPress={onClose}>
          <Trans>I have stored it</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

/** Adds a second secret, and shows it. */
export function RotateWebhookSecretDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(RotateWebhookSecret);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<string[]>([]);
  const [secret, setSecret] = useState<string | null>(null);
  const run = async () => {
    const written = await send({ id: webhook.webhookId });
    setProblem(written.problem);
    if (!written.data) return;
    const rotated = written.data.rotateWebhookSecret;
    setErrors(() => errorTexts(rotated.errors));
    if (rotated.secret) setSecret(rotated.secret);
  };
  if (secret) return <SecretShown secret={secret} onClose={onClose} />;
  return (
    <ActionDialog title={t`Add a new secret?`} confirm={t`Add secret`} action={{ run: () => void run(), isSending, problem, errors }} onClose={onClose}>
      <p>
        <Trans>Each message is signed with both secrets until you retire the former one. Give the receiver the new one first.</Trans>
      </p>
    </ActionDialog>
  );
}

/** Ends the former of two secrets. */
export function RetireWebhookSecretDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useLingui();
  const action = useAction(RetireWebhookSecret, { id: webhook.webhookId }, (data) => data.retireWebhookSecret, onClose);
  const hint = webhook.formerSecretHint;
  return (
    <ActionDialog title={t`Retire the secret … ${hint}?`} confirm={t`Retire`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Messages are no longer signed with it. A receiver that knows only this secret accepts none of them.</Trans>
      </p>
    </ActionDialog>
  );
}

/** Lets a webhook that was paused or stopped go on. */
export function ResumeWebhookDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useLingui();
  const action = useAction(UpdateWebhook, { input: { id: webhook.webhookId, active: true } }, (data) => data.updateWebhook, onClose);
  return (
    <ActionDialog title={t`Resume the webhook?`} confirm={t`Resume`} action={action} onClose={onClose}>
      <p>
        <Trans>It goes on where it stopped, and sends everything that has happened since. You become its owner: it sends what you may see.</Trans>
      </p>
    </ActionDialog>
  );
}

/** Asks before a webhook ends for good. */
export function RemoveWebhookDialog({ webhook, onClose }: WebhookDialogProps) {
  const { t } = useLingui();
  const action = useAction(RemoveWebhook, { id: webhook.webhookId }, (data) => data.removeWebhook, onClose);
  const { url } = webhook;
  return (
    <ActionDialog title={t`Remove the webhook?`} confirm={t`Remove`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Nothing is sent to {url} any more, and its log is deleted. This can’t be undone.</Trans>
      </p>
    </ActionDialog>
  );
}
