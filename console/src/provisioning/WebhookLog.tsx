import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { kindWords } from '../activity/auditKinds';
import { useAction } from '../shared/api/useAction';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import styles from './Webhooks.module.css';
import { deliveryWords, failureWords } from './webhookWords';
import { type ListedDelivery, type ListedWebhook, ResendWebhookEvent } from './webhooksQuery';

const FIRST = 5;

/** The newest deliveries of a webhook; all of them on request. */
export function WebhookLog({ webhook }: { webhook: ListedWebhook }) {
  const { t } = useLingui();
  const [isWhole, setWhole] = useState(false);
  const { url, deliveries } = webhook;
  if (deliveries.length === 0) {
    return (
      <p>
        <Trans>Nothing has been sent yet.</Trans>
      </p>
    );
  }
  const shown = isWhole ? deliveries : deliveries.slice(0, FIRST);
  const others = deliveries.length - shown.length;
  return (
    <>
      <ul className={styles['log']} aria-label={t`Log of ${url}`}>
        {shown.map((delivery) => (
          <Item key={delivery.deliveryId} webhook={webhook.webhookId} delivery={delivery} />
        ))}
      </ul>
      {others > 0 && (
        <Button variant="quiet" className={styles['more'] ?? ''} onPress={() => setWhole(true)}>
          <Trans>Show {others} more</Trans>
        </Button>
      )}
    </>
  );
}

function Item({ webhook, delivery }: { webhook: string; delivery: ListedDelivery }) {
  const { t, i18n } = useLingui();
  const { deliveryId, cause, kind, state, status, failure, attempts } = delivery;
  const resend = useAction(ResendWebhookEvent, { id: webhook, delivery: deliveryId }, (data) => data.resendWebhookEvent, () => undefined);
  const at = i18n.date(delivery.attemptedAt ?? delivery.createdAt, { dateStyle: 'medium', timeStyle: 'medium' });
  const name = cause === 'TEST' ? t`Test` : i18n._(kindWords[kind]);
  const answer = status ?? (failure ? i18n._(failureWords[failure]) : '');
  return (
    <li>
      <span className={styles['what']}>
        <strong>{name}</strong> <Badge tone={deliveryWords[state].tone}>{i18n._(deliveryWords[state].name)}</Badge>
        <span className={styles['quiet']}>
          {at}
          {answer !== '' && ` · ${answer}`}
          {attempts > 1 && (
            <>
              {' '}
              · <Trans>Tries: {attempts}</Trans>
            </>
          )}
          {cause === 'RESEND' && (
            <>
              {' '}
              · <Trans>sent again</Trans>
            </>
          )}
        </span>
      </span>
      {cause !== 'TEST' && state !== 'PENDING' && (
        <Button variant="quiet" aria-label={t`Send again: ${name}, ${at}`} isPending={resend.isSending} onPress={resend.run}>
          <Trans>Send again</Trans>
        </Button>
      )}
      {resend.errors.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      {resend.problem && <ProblemNotice problem={resend.problem} />}
    </li>
  );
}
