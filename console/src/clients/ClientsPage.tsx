import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { lazily } from '../shared/lazily';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { Filter, Filters } from '../shared/ui/Filter';
import { Icon } from '../shared/ui/Icon';
import { PagedList } from '../shared/ui/PagedList';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { ClientItem } from './ClientItem';
import styles from './ClientsPage.module.css';
import { ApiClients } from './clientsQuery';
import { type ClientsSearch, clientsVariables, validateClientsSearch } from './clientsSearch';

const ClientDialog = lazily(() => import('./ClientDialog'), 'ClientDialog');

/** The programs that act for the viewer, and for users whom they may change. What it shows is in the address. */
export function ClientsPage() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validateClientsSearch);
  const mayCreate = useViewer().viewerCan.includes('CREATE_API_CLIENT');
  const read = useRead(ApiClients, clientsVariables(search));
  useTitle(t`API clients`);
  const clients = read.data?.apiClients;
  const open = (dialog: Pick<ClientsSearch, 'act' | 'client' | 'secret'>) => show({ ...search, ...dialog });
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div>
          <h1>
            <Trans>API clients</Trans>
          </h1>
          <p className={styles['quiet']}>
            <Trans>Programs that act for you with credentials of their own, within the scopes that you give them.</Trans>
          </p>
        </div>
        {mayCreate && (
          <Button variant="primary" onPress={() => open({ act: 'new' })} onHoverStart={ClientDialog.preload}>
            <Icon name="plus" />
            <Trans>New API client</Trans>
          </Button>
        )}
      </header>
      <Filters label={t`API clients`} onClear={search.search || search.state ? () => show({}) : undefined}>
        <SearchField label={t`Search API clients`} value={search.search ?? ''} onSearch={(text) => show({ state: search.state, search: text || undefined })} />
        <Filter
          label={t`Status`}
          items={[{ key: 'revoked', label: t`Revoked` }]}
          chosen={search.state ? [search.state] : undefined}
          onChange={(chosen) => show({ search: search.search, state: chosen?.[0] })}
        />
      </Filters>
      <PagedList
        read={read}
        page={clients}
        position={search}
        onTurn={turn}
        count={<Plural value={clients?.totalCount ?? 0} one="# API client" other="# API clients" />}
        empty={
          <EmptyClients
            onClear={search.search || search.state ? () => show({}) : undefined}
            onCreate={mayCreate ? () => open({ act: 'new' }) : undefined}
          />
        }
      >
        <ul className={styles['clients']} aria-label={t`API clients`} aria-busy={read.isReading}>
          {clients ? clients.nodes.map((client) => <ClientItem key={client.id} client={client} onOpen={open} />) : <SkeletonItems />}
        </ul>
      </PagedList>
      {search.act && clients && (
        <ClientDialog
          key={`${search.act} ${search.client ?? ''} ${search.secret ?? ''}`}
          search={search}
          clients={clients.nodes}
          mayCreate={mayCreate}
          onClose={() => {
            // An empty list doesn't know that the first one belongs to it.
            if (search.act === 'new') read.retry();
            show({ ...search, act: undefined, client: undefined, secret: undefined });
          }}
        />
      )}
    </div>
  );
}

function EmptyClients({ onClear, onCreate }: { onClear: (() => void) | undefined; onCreate: (() => void) | undefined }) {
  const { t } = useLingui();
  if (onClear) {
    const all = (
      <Button onPress={onClear}>
        <Trans>Show all API clients</Trans>
      </Button>
    );
    return (
      <EmptyState title={t`No API clients found`} action={all}>
        <Trans>No API client that you see matches the search and the filters.</Trans>
      </EmptyState>
    );
  }
  const create = onCreate && (
    <Button onPress={onCreate}>
      <Trans>Create an API client</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No active API clients`} action={create}>
      <Trans>Create one for each program that is to use the API for you. Those that have been revoked are listed with the status Revoked.</Trans>
    </EmptyState>
  );
}

function SkeletonItems() {
  return [0.4, 0.3].map((width) => (
    <li key={width} aria-hidden="true" className={styles['client']}>
      <Skeleton width={width} />
      <Skeleton width={width + 0.3} />
    </li>
  ));
}
