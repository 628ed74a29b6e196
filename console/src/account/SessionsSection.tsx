import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useId, useRef, useState } from 'react';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { Skeleton } from '../shared/ui/Skeleton';
import styles from './AccountPage.module.css';
import type { AccountSession } from './accountQuery';
import { EndOtherSessionsDialog, EndSessionDialog } from './EndSessionDialogs';

interface SessionsSectionProps {
  /** Undefined until they are known. */
  sessions: readonly AccountSession[] | undefined;
}

/** Where one is signed in, with a way to end it. */
export function SessionsSection({ sessions }: SessionsSectionProps) {
  const id = useId();
  const [ending, setEnding] = useState<AccountSession | 'others' | null>(null);
  const others = sessions?.filter(({ current }) => !current) ?? [];
  const close = () => setEnding(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusAfterRemoval(heading, sessions?.length);
  return (
    <section className={styles['section']} aria-labelledby={id} aria-busy={!sessions}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        <Trans>My sessions</Trans>
      </h2>
      <p className={styles['quiet']}>
        <Trans>Each browser and program in which you are signed in, the last used first. If you don’t recognize one, end it and change your password.</Trans>
      </p>
      <ul className={styles['sessions']}>
        {sessions ? sessions.map((session) => <Item key={session.id} session={session} onEnd={() => setEnding(session)} />) : <SkeletonItems />}
      </ul>
      {others.length > 0 && (
        <Button variant="danger" onPress={() => setEnding('others')}>
          <Trans>End all other sessions</Trans>
        </Button>
      )}
      {ending === 'others' && <EndOtherSessionsDialog count={others.length} onClose={close} />}
      {ending !== null && ending !== 'others' && <EndSessionDialog session={ending} onClose={close} />}
    </section>
  );
}

/** The button that ended a session is gone with it: the focus goes to the heading, unless it is somewhere already. */
function useFocusAfterRemoval(heading: React.RefObject<HTMLElement | null>, count = 0): void {
  const former = useRef(count);
  useEffect(() => {
    const isLess = count < former.current;
    former.current = count;
    if (!isLess) return;
    // After the dialog has given the focus back.
    const timer = setTimeout(() => document.activeElement === document.body && heading.current?.focus(), 300);
    return () => clearTimeout(timer);
  }, [heading, count]);
}

function Item({ session, onEnd }: { session: AccountSession; onEnd: () => void }) {
  const { t, i18n } = useLingui();
  const { current, address, createdAt, lastSeenAt, userAgent } = session;
  const name = userAgent ?? t`Unknown browser`;
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const used = time(lastSeenAt);
  const started = time(createdAt);
  return (
    <li className={styles['session']}>
      <div>
        <h3>
          {name}
          {current && (
            <Badge tone="good">
              <Trans>This session</Trans>
            </Badge>
          )}
        </h3>
        <p className={styles['facts']}>
          {address ? <Trans>Network {address}</Trans> : <Trans>Unknown network</Trans>} · <Trans>Last used {used}</Trans> ·{' '}
          <Trans>Signed in {started}</Trans>
        </p>
      </div>
      {!current && (
        <Button aria-label={t`End session: ${name}, ${used}`} onPress={onEnd}>
          <Trans>End session</Trans>
        </Button>
      )}
    </li>
  );
}

function SkeletonItems() {
  return [0.4, 0.5].map((width) => (
    <li key={width} aria-hidden="true" className={styles['session']}>
      <Skeleton width={width} />
    </li>
  ));
}
