import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { lazily } from '../shared/lazily';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import styles from './RequestsPage.module.css';
import type { ListedRequest } from './requestsQuery';
import { useWanted } from './useWanted';
import { stateTones, stateWords } from './words';

const ApproveDialog = lazily(() => import('./ApproveDialog'), 'ApproveDialog');
const DeclineDialog = lazily(() => import('./EndDialogs'), 'DeclineDialog');
const WithdrawDialog = lazily(() => import('./EndDialogs'), 'WithdrawDialog');

/** One request: what is asked for, by whom, until when and why, and what became of it. */
export function RequestItem({ request, onDone }: { request: ListedRequest; onDone: () => void }) {
  const { i18n } = useLingui();
  const [open, setOpen] = useState<'approve' | 'decline' | 'withdraw' | null>(null);
  const id = useId();
  const wanted = useWanted(request);
  const { requester, viewerCan, state, reason } = request;
  const dialog = {
    request,
    onClose: () => setOpen(null),
    onDone: () => {
      setOpen(null);
      onDone();
    },
  };
  return (
    <li className={styles['request']} aria-labelledby={id}>
      <div className={styles['head']}>
        <h2 id={id}>{requester ? `${requester.displayName}: ${wanted}` : wanted}</h2>
        <Badge tone={stateTones[state]}>{i18n._(stateWords[state])}</Badge>
      </div>
      <p>{reason}</p>
      <Facts request={request} />
      {(viewerCan.includes('DECIDE') || viewerCan.includes('WITHDRAW')) && (
        <div className={styles['buttons']}>
          {viewerCan.includes('DECIDE') && (
            <>
              <Button aria-describedby={id} onPress={() => setOpen('approve')}>
                <Trans>Approve</Trans>
              </Button>
              <Button aria-describedby={id} onPress={() => setOpen('decline')}>
                <Trans>Decline</Trans>
              </Button>
            </>
          )}
          {viewerCan.includes('WITHDRAW') && (
            <Button aria-describedby={id} onPress={() => setOpen('withdraw')}>
              <Trans>Withdraw</Trans>
            </Button>
          )}
        </div>
      )}
      {open === 'approve' && <ApproveDialog {...dialog} />}
      {open === 'decline' && <DeclineDialog {...dialog} />}
      {open === 'withdraw' && <WithdrawDialog {...dialog} />}
    </li>
  );
}

function Facts({ request: { createdAt, endsAt, expiresAt, state, decidedAt, decidedBy, note, grantedUntil } }: { request: ListedRequest }) {
  const { i18n } = useLingui();
  const date = (time: string) => i18n.date(time, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <>
      <p className={styles['quiet']}>
        <Trans>Requested {date(createdAt)}</Trans>
        {' · '}
        {endsAt ? <Trans>needed until {date(endsAt)}</Trans> : <Trans>needed without end</Trans>}
        {state === 'PENDING' && (
          <>
            {' · '}
            <Trans>expires {date(expiresAt)}</Trans>
          </>
        )}
      </p>
      {decidedAt && state !== 'EXPIRED' && (
        <p className={styles['quiet']}>
          {decidedBy ? (
            <Trans>
              Decided {date(decidedAt)} by {decidedBy.displayName}
            </Trans>
          ) : (
            <Trans>Ended {date(decidedAt)}</Trans>
          )}
          {grantedUntil && (
            <>
              {' · '}
              <Trans>given until {date(grantedUntil)}</Trans>
            </>
          )}
        </p>
      )}
      {note && (
        <p>
          <Trans>Answer: {note}</Trans>
        </p>
      )}
    </>
  );
}
