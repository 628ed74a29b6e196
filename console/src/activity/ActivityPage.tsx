import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useRef } from 'react';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { Icon } from '../shared/ui/Icon';
import { PagedList } from '../shared/ui/PagedList';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import styles from './Activity.module.css';
import { ActivityFilters } from './ActivityFilters';
import { Activity } from './activityQuery';
import { activityFilter, activityVariables, isFiltered, validateActivitySearch } from './activitySearch';
import { EventsTable } from './EventsTable';
import { MOST_NEWS, useNews } from './useNews';

/** The audit trail, as far as the viewer sees it. What it shows is in the address. */
export function ActivityPage() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validateActivitySearch);
  const read = useRead(Activity, activityVariables(search));
  useTitle(t`Activity`);
  const { data, isReading, retry } = read;
  const events = data?.auditEvents;
  const table = useRef<HTMLTableElement>(null);
  const isNewest = !search.after && !search.before;
  const news = useNews({
    newest: events?.pageInfo.startCursor ?? null,
    filter: activityFilter(search),
    isLive: isNewest && events !== undefined && !isReading,
  });
  const showNews = () => {
    retry();
    // The button is gone then.
    table.current?.focus({ preventScroll: true });
  };
  const nameOf = (id: string) => data?.nodes.flatMap((node) => (node && 'displayName' in node && node.id === id ? [node.displayName] : []))[0];
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Activity</Trans>
        </h1>
        <p className={styles['quiet']}>
          <Trans>Who did what to whom, as far as you may see it, with the values before and after.</Trans>
        </p>
      </header>
      <ActivityFilters search={search} nameOf={nameOf} onChange={show} />
      <div role="status" className={styles['news']}>
        {news > 0 && (
          <Button onPress={showNews}>
            <Icon name="up" />
            {news < MOST_NEWS ? (
              <Plural value={news} one="Show # new event" other="Show # new events" />
            ) : (
              <Trans>Show many new events</Trans>
            )}
          </Button>
        )}
      </div>
      <PagedList
        read={read}
        page={events}
        position={search}
        onTurn={turn}
        empty={<EmptyActivity isFiltered={isFiltered(search)} onClear={() => show({})} />}
      >
        <EventsTable ref={table} events={events?.nodes} isReading={isReading} />
      </PagedList>
    </div>
  );
}

function EmptyActivity({ isFiltered: narrowed, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!narrowed) {
    return (
      <EmptyState title={t`No activity`}>
        <Trans>What happens in your organization appears here, as far as you may see it.</Trans>
      </EmptyState>
    );
  }
  const all = (
    <Button onPress={onClear}>
      <Trans>Show all activity</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No activity found`} action={all}>
      <Trans>Nothing that you may see matches the filters.</Trans>
    </EmptyState>
  );
}
