import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { lazily } from '../shared/lazily';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { Filter, Filters } from '../shared/ui/Filter';
import { Icon } from '../shared/ui/Icon';
import { PagedList } from '../shared/ui/PagedList';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { RequestItem } from './RequestItem';
import styles from './RequestsPage.module.css';
import { AccessRequests } from './requestsQuery';
import { changed, isFiltered, type RequestsSearch, requestsVariables, sides, states, validateRequestsSearch } from './requestsSearch';
import { sideWords, stateWords } from './words';

const RequestAccessDialog = lazily(() => import('./RequestAccessDialog'), 'RequestAccessDialog');

/** The viewer's own requests, and those that they may decide. What it shows is in the address. */
export function RequestsPage() {
  const { t } = useLingui();
  const { viewerCan } = useViewer();
  const { search, show, turn } = useListAddress(validateRequestsSearch);
  const read = useRead(AccessRequests, requestsVariables(search));
  const [isAsking, setAsking] = useState(false);
  useTitle(t`Access requests`);
  const { data, isReading, retry } = read;
  const requests = data?.accessRequests;
  const count = requests?.totalCount ?? 0;
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <div>
          <h1>
            <Trans>Access requests</Trans>
          </h1>
          <p className={styles['quiet']}>
            <Trans>What you have asked for, and what others ask for that you may give.</Trans>
          </p>
        </div>
        {viewerCan.includes('REQUEST_ACCESS') && (
          <Button variant="primary" onPress={() => setAsking(true)}>
            <Icon name="plus" />
            <Trans>Request access</Trans>
          </Button>
        )}
      </header>
      <RequestFilters search={search} onChange={show} />
      <PagedList
        read={read}
        page={requests}
        position={search}
        onTurn={turn}
        count={<Plural value={count} one="# access request" other="# access requests" />}
        empty={<NoRequests isFiltered={isFiltered(search)} onClear={() => show({})} />}
      >
        <ul className={styles['requests']} aria-label={t`Access requests`} aria-busy={isReading}>
          {requests ? requests.nodes.map((request) => <RequestItem key={request.id} request={request} onDone={retry} />) : <SkeletonItems />}
        </ul>
      </PagedList>
      {isAsking && (
        <RequestAccessDialog
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            retry();
          }}
        />
      )}
    </div>
  );
}

function RequestFilters({ search, onChange }: { search: RequestsSearch; onChange: (search: RequestsSearch) => void }) {
  const { t, i18n } = useLingui();
  return (
    <Filters label={t`Access requests`} onClear={isFiltered(search) ? () => onChange({}) : undefined}>
      <Filter
        label={t`State`}
        items={states.map((key) => ({ key, label: i18n._(stateWords[key]) }))}
        chosen={search.state}
        onChange={(state) => onChange(changed(search, { state }))}
      />
      {sides.map((side) => (
        <Button
          key={side}
          aria-pressed={search.of === side}
          className={search.of === side ? (styles['pressed'] ?? '') : ''}
          onPress={() => onChange(changed(search, { of: search.of === side ? undefined : side }))}
        >
          {i18n._(sideWords[side])}
        </Button>
      ))}
    </Filters>
  );
}

function NoRequests({ isFiltered: narrowed, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!narrowed) {
    return (
      <EmptyState title={t`No access requests`}>
        <Trans>What you ask for appears here, and what others ask for that you may give.</Trans>
      </EmptyState>
    );
  }
  const all = (
    <Button onPress={onClear}>
      <Trans>Show all access requests</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No access requests found`} action={all}>
      <Trans>Nothing that you may see matches the filters.</Trans>
    </EmptyState>
  );
}

function SkeletonItems() {
  return [0.5, 0.7, 0.6].map((width) => (
    <li key={width} className={styles['request']} aria-hidden="true">
      <Skeleton width={width} />
      <Skeleton width={0.4} />
    </li>
  ));
}
