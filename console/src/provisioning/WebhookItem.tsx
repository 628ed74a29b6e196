import { Trans, useLingui } from '@lingui/react/macro';
import { useAction } from '../shared/api/useAction';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ActionMenu } from '../shared/ui/Menu';
import type { MenuChoice } from '../shared/ui/MenuPopup';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import styles from './ProvisioningPage.module.css';
import { WebhookLog } from './WebhookLog';
import { stateWords, stopWords } from './webhookWords';
import { type ListedWebhook, SendWebhookTest, UpdateWebhook } from './webhooksQuery';

export type WebhookAction = 'edit' | 'resume' | 'rotate' | 'retire' | 'remove';

interface WebhookItemProps {
  webhook: ListedWebhook;
  onAction: (action: WebhookAction) => void;
}

/** One webhook: its state, what is sent, and its log. */
export function WebhookItem({ webhook, onAction }: WebhookItemProps) {
  const { t, i18n } = useLingui();
  const { url, state, stopReason, secretHint, formerSecretHint } = webhook;
  const test = useAction(SendWebhookTest, { id: webhook.webhookId }, (data) => data.sendWebhookTest, () => undefined);
  const pause = useAction(UpdateWebhook, { input: { id: webhook.webhookId, active: false } }, (data) => data.updateWebhook, () => undefined);
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const owner = webhook.ownerName;
  const problem = test.problem ?? pause.problem;
  const count = webhook.kinds.length;
  const since = webhook.failingSince && time(webhook.failingSince);
  const next = webhook.nextAttemptAt && time(webhook.nextAttemptAt);
  const items: MenuChoice<WebhookAction | 'pause'>[] = [
    { key: 'edit', label: t`Edit` },
    state === 'ACTIVE' ? { key: 'pause', label: t`Pause` } : { key: 'resume', label: t`Resume` },
    formerSecretHint ? { key: 'retire', label: t`Retire the former secret` } : { key: 'rotate', label: t`Add a new secret` },
    { key: 'remove', label: t`Remove`, isDangerous: true },
  ];
  return (
    <li className={styles['card']}>
      <div className={styles['head']}>
        <h3>{url}</h3>
        <Badge tone={state === 'ACTIVE' && since ? 'danger' : stateWords[state].tone}>{i18n._(stateWords[state].name)}</Badge>
        <span className={styles['buttons']}>
          <Button aria-label={t`Send a test to ${url}`} isPending={test.isSending} onPress={test.run}>
            <Trans>Send test</Trans>
          </Button>
          <ActionMenu label={t`Options for ${url}`} items={items} onAction={(key) => (key === 'pause' ? pause.run() : onAction(key))}>
            <Button variant="quiet" aria-label={t`Options for ${url}`}>
              <Icon name="dots" />
            </Button>
          </ActionMenu>
        </span>
      </div>
      {stopReason && <p>{i18n._(stopWords[stopReason])}</p>}
      {since && (
        <p>
          {next ? (
            <Trans>
              The next event has not been accepted since {since}. Next try: {next}
            </Trans>
          ) : (
            <Trans>The next event has not been accepted since {since}.</Trans>
          )}
        </p>
      )}
      <p className={styles['quiet']}>
        <Trans>Kinds of events: {count}</Trans>
        {owner && (
          <>
            {' '}
            · <Trans>Sends what {owner} may see</Trans>
          </>
        )}
      </p>
      <p className={styles['quiet']}>
        <Trans>Secret</Trans> <code>… {secretHint}</code>
        {formerSecretHint && (
          <>
            {' '}
            · <Trans>Former secret</Trans> <code>… {formerSecretHint}</code>
          </>
        )}
      </p>
      {[...test.errors, ...pause.errors].map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      {problem && <ProblemNotice problem={problem} />}
      <WebhookLog webhook={webhook} />
    </li>
  );
}
