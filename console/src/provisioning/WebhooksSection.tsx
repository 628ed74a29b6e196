import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { RemoveWebhookDialog, ResumeWebhookDialog, RetireWebhookSecretDialog, RotateWebhookSecretDialog } from './WebhookDialogs';
import { WebhookForm } from './WebhookForm';
import { WebhookItem, type WebhookAction } from './WebhookItem';
import styles from './ProvisioningPage.module.css';
import type { ListedWebhook, WebhooksOfOrganization } from './webhooksQuery';

/** Where the events of the organization are sent to, with a log of each. */
export function WebhooksSection({ organization }: { organization: WebhooksOfOrganization }) {
  const { t } = useLingui();
  const id = useId();
  const [opened, setOpened] = useState<{ webhook: ListedWebhook; action: WebhookAction } | 'new' | null>(null);
  const close = () => setOpened(null);
  const { webhooks } = organization;
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <div className={styles['head']}>
        <h2 id={id}>
          <Trans>Webhooks</Trans>
        </h2>
        <Button variant="primary" onPress={() => setOpened('new')}>
          <Icon name="plus" />
          <Trans>Add webhook</Trans>
        </Button>
      </div>
      <p className={styles['quiet']}>
        <Trans>
          Your systems hear of changes: each event is sent to your URL, signed, in order and at least once. A message holds ids only, and nothing that its owner may
          not see.
        </Trans>
      </p>
      {webhooks.length === 0 ? (
        <p>
          <Trans>There are no webhooks yet.</Trans>
        </p>
      ) : (
        <ul className={styles['list']} aria-label={t`Webhooks`}>
          {webhooks.map((webhook) => (
            <WebhookItem key={webhook.webhookId} webhook={webhook} onAction={(action) => setOpened({ webhook, action })} />
          ))}
        </ul>
      )}
      {opened === 'new' && <WebhookForm organization={organization.id} onClose={close} />}
      {opened !== null && opened !== 'new' && <Opened {...opened} organization={organization.id} onClose={close} />}
    </section>
  );
}

interface OpenedProps {
  organization: string;
  webhook: ListedWebhook;
  action: WebhookAction;
  onClose: () => void;
}

function Opened({ organization, webhook, action, onClose }: OpenedProps) {
  switch (action) {
    case 'edit':
      return <WebhookForm organization={organization} webhook={webhook} onClose={onClose} />;
    case 'resume':
      return <ResumeWebhookDialog webhook={webhook} onClose={onClose} />;
    case 'rotate':
      return <RotateWebhookSecretDialog webhook={webhook} onClose={onClose} />;
    case 'retire':
      return <RetireWebhookSecretDialog webhook={webhook} onClose={onClose} />;
    case 'remove':
      return <RemoveWebhookDialog webhook={webhook} onClose={onClose} />;
  }
}
