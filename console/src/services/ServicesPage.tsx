import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { PagedList } from '../shared/ui/PagedList';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { ServiceFilters } from './ServiceFilters';
import styles from './ServicesPage.module.css';
import { Services } from './servicesQuery';
import { changed, isFiltered, servicesVariables, validateServicesSearch } from './servicesSearch';
import { ServicesTable } from './ServicesTable';

/** The services that the viewer sees. What the list shows is in the address. */
export function ServicesPage() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validateServicesSearch);
  const read = useRead(Services, servicesVariables(search));
  useTitle(t`Services`);
  const { data, isReading } = read;
  const services = data?.services;
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Services</Trans>
        </h1>
        <p className={styles['quiet']}>
          <Trans>The services that you see, each with the account that signed it and the account to which it is delivered.</Trans>
        </p>
      </header>
      <ServiceFilters search={search} accounts={data?.nodes ?? []} onChange={show} />
      <PagedList
        read={read}
        page={services}
        position={search}
        onTurn={turn}
        count={<Plural value={services?.totalCount ?? 0} one="# service" other="# services" />}
        empty={<EmptyServices isFiltered={isFiltered(search)} onClear={() => show({ order: search.order })} />}
      >
        <ServicesTable
          services={services?.nodes}
          isReading={isReading}
          order={search.order ?? 'CODE_ASC'}
          onOrder={(order) => show(changed(search, { order: order === 'CODE_ASC' ? undefined : order }))}
        />
      </PagedList>
    </div>
  );
}

function EmptyServices({ isFiltered: narrowed, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!narrowed) {
    return (
      <EmptyState title={t`No services`}>
        <Trans>Services that you may see appear here.</Trans>
      </EmptyState>
    );
  }
  const all = (
    <Button onPress={onClear}>
      <Trans>Show all services</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No services found`} action={all}>
      <Trans>No service that you see matches the search and the filters.</Trans>
    </EmptyState>
  );
}
