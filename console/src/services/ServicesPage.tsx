import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { Paging } from '../shared/ui/Paging';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import { ServiceFilters } from './ServiceFilters';
import styles from './ServicesPage.module.css';
import { Services } from './servicesQuery';
import { changed, isFiltered, type ServicesSearch, servicesVariables, validateServicesSearch } from './servicesSearch';
import { ServicesTable } from './ServicesTable';

/** The services that the viewer sees. What the list shows is in the address. */
export function ServicesPage() {
  const { t } = useLingui();
  const search = validateServicesSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { data, isReading, isSlow, problem, retry } = useRead(Services, servicesVariables(search));
  useTitle(t`Services`);
  const show = (wanted: ServicesSearch) => void navigate({ to: '.', search: { ...wanted } as never, resetScroll: false });
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
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {isSlow && (
        <p role="status">
          <Trans>This takes longer than usual.</Trans>
        </p>
      )}
      {services?.nodes.length === 0 ? (
        <EmptyServices isFiltered={isFiltered(search)} onClear={() => show({ order: search.order })} />
      ) : (
        (services ?? !problem) && (
          <ServicesTable
            services={services?.nodes}
            isReading={isReading}
            order={search.order ?? 'CODE_ASC'}
            onOrder={(order) => show(changed(search, { order: order === 'CODE_ASC' ? undefined : order }))}
          />
        )
      )}
      <Paging pageInfo={services?.pageInfo} onTurn={(position) => show(changed(search, position))}>
        {services && <Plural value={services.totalCount} one="# service" other="# services" />}
      </Paging>
    </div>
  );
}

function EmptyServices({ isFiltered: narrowed, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <div className={styles['empty']}>
      <h2>{narrowed ? <Trans>No services found</Trans> : <Trans>No services</Trans>}</h2>
      <p>
        {narrowed ? (
          <Trans>No service that you see matches the search and the filters.</Trans>
        ) : (
          <Trans>Services that you may see appear here.</Trans>
        )}
      </p>
      {narrowed && (
        <Button onPress={onClear}>
          <Trans>Show all services</Trans>
        </Button>
      )}
    </div>
  );
}
