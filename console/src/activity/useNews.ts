import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import type { AuditEventFilter } from '../gql/graphql';
import { sendable } from '../shared/api/document';
import { useSessionHasEnded } from '../session/session';
import { ActivityNews } from './activityQuery';

/** How often the server is asked for what has happened since, in milliseconds. */
const INTERVAL = 20_000;
/** Nobody is asked for when nobody has used the page for so long, in milliseconds: a page that is left open must not keep
 *  its session alive. */
const ABSENCE = 15 * 60_000;
/** At most so many events are counted. */
export const MOST_NEWS = 25;

/** How many events are newer than the newest one that is shown: asked for while the page is visible, and in use. Nothing
 *  is asked for without `isLive`. */
export function useNews({ newest, filter, isLive }: { newest: string | null; filter: AuditEventFilter; isLive: boolean }): number {
  const client = useClient();
  const isStopped = useSessionHasEnded() || !isLive;
  const wasUsedAt = useLastUse();
  const [found, setFound] = useState({ newest, count: 0 });
  const key = JSON.stringify(filter);
  const ask = useCallback(async () => {
    if (document.visibilityState !== 'visible' || Date.now() - wasUsedAt.current > ABSENCE) return;
    const place = newest === null ? { first: MOST_NEWS } : { last: MOST_NEWS, newest };
    const variables = { ...place, filter: JSON.parse(key) as AuditEventFilter };
    const { data } = await client.query(sendable(ActivityNews), variables, { requestPolicy: 'network-only' }).toPromise();
    if (data) setFound({ newest, count: data.auditEvents.nodes.length });
  }, [client, key, newest, wasUsedAt]);
  useEffect(() => {
    if (isStopped) return;
    const timer = setInterval(() => void ask(), INTERVAL);
    const onVisible = () => void ask();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [ask, isStopped]);
  return isLive && found.newest === newest ? found.count : 0;
}

/** When somebody last touched the page or a key. */
function useLastUse() {
  const at = useRef(0);
  useEffect(() => {
    const use = () => (at.current = Date.now());
    use();
    const events = ['pointermove', 'pointerdown', 'keydown', 'scroll'] as const;
    for (const name of events) addEventListener(name, use, { passive: true });
    return () => {
      for (const name of events) removeEventListener(name, use);
    };
  }, []);
  return at;
}
