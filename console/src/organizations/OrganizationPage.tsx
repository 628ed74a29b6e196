import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link, useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../frame/FailedPage';
import type { AccountsToChooseFragment, OrganizationQuery } from '../gql/graphql';
import { type OpenedPart, openedPart, OpenedParts } from '../shared/api/opening';
import { type Read, useRead } from '../shared/api/operations';
import { EmptyState } from '../shared/ui/EmptyState';
import { PagedList } from '../shared/ui/PagedList';
import { pageArguments } from '../shared/ui/Paging';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { Tabs } from '../users/card/Tabs';
import { CreateAccount } from './CreateAccount';
import { CreateServiceForm } from './CreateServiceForm';
import { ImportTab } from './ImportTab';
import styles from './organizations.module.css';
import { type OrganizationTab, validateOrganizationSearch } from './organizationsSearch';
import { AccountsOfOrganization, type OpenOrganization, Organization } from './queries';

const PAGE_SIZE = 25;

/** One organization: its accounts and services, and how to add some, for staff. */
export function OrganizationPage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  const { search, show, turn } = useListAddress(validateOrganizationSearch);
  const { tab = 'contracts', ...list } = search;
  const read = useRead(Organization, {
    id,
    ...pageArguments(list, PAGE_SIZE),
    search: list.search ?? null,
    isContracts: tab === 'contracts',
    isDeliveries: tab === 'deliveries',
    isServices: tab === 'services',
    contract: '',
    delivery: '',
  });
  const { data, problem, retry } = read;
  const organization = data?.organization;
  useTitle(organization?.name ?? t`Organization`);
  if (problem?.argument === 'id' || organization === null) return <NotFoundPage />;
  if (!organization) return problem ? <ProblemNotice problem={problem} retry={retry} /> : <Skeleton width={0.4} />;
  // Everybody sees their own organization; here it is managed.
  if (!organization.viewerCan.includes('CREATE_SERVICE')) return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <p>
        <Link to="/organizations">
          <Trans>Organizations</Trans>
        </Link>
      </p>
      <h1>{organization.name}</h1>
      <Tabs
        label={organization.name}
        tabs={[
          { key: 'contracts', title: t`Contract accounts` },
          { key: 'deliveries', title: t`Delivery accounts` },
          { key: 'services', title: t`Services` },
          { key: 'import', title: t`Import` },
        ]}
        selected={tab}
        onSelect={(key) => show({ tab: key === 'contracts' ? undefined : key })}
      >
        {tab === 'import' ? (
          <ImportTab key={id} id={id} />
        ) : (
          <OpenedParts value={tab === 'services' ? [toChoose(id, read)] : []}>
          <ListTab
            key={tab}
            organization={organization}
            tab={tab}
            read={read}
            search={list}
            onSearch={(text) => show({ tab: search.tab, search: text || undefined })}
            onTurn={turn}
          />
          </OpenedParts>
        )}
      </Tabs>
    </div>
  );
}

/** The accounts that the form of a service offers before anything is searched. */
function toChoose(id: string, read: Read<OrganizationQuery>): OpenedPart {
  const offered = read.data && 'contractChoices' in (read.data.organization ?? {}) ? (read.data as AccountsToChooseFragment) : undefined;
  return openedPart(AccountsOfOrganization, { id, contract: '', delivery: '' }, { ...read, data: offered });
}

interface ListTabProps {
  organization: OpenOrganization;
  tab: Exclude<OrganizationTab, 'import'>;
  read: Read<unknown>;
  search: { search?: string | undefined; after?: string | undefined; before?: string | undefined };
  onSearch: (text: string) => void;
  onTurn: Parameters<typeof PagedList>[0]['onTurn'];
}

/** A list of accounts or services, with a form that adds one. */
function ListTab({ organization, tab, read, search, onSearch, onTurn }: ListTabProps) {
  const { t } = useLingui();
  const { id, contractAccounts, deliveryAccounts, services } = organization;
  const page = { contracts: contractAccounts, deliveries: deliveryAccounts, services }[tab];
  const title = { contracts: t`Contract accounts`, deliveries: t`Delivery accounts`, services: t`Services` }[tab];
  return (
    <div className={styles['page']}>
      {tab === 'services' ? <CreateServiceForm organization={id} /> : <CreateAccount organization={id} isContract={tab === 'contracts'} />}
      <div role="search" aria-label={title}>
        <SearchField label={tab === 'services' ? t`Search services` : t`Search accounts`} value={search.search ?? ''} onSearch={onSearch} />
      </div>
      <PagedList
        read={read}
        page={page}
        position={search}
        onTurn={onTurn}
        count={
          tab === 'services' ? (
            <Plural value={page?.totalCount ?? 0} one="# service" other="# services" />
          ) : (
            <Plural value={page?.totalCount ?? 0} one="# account" other="# accounts" />
          )
        }
        empty={
          <EmptyState title={search.search === undefined ? t`Nothing here yet` : t`Nothing found.`}>
            <Trans>What is added appears here.</Trans>
          </EmptyState>
        }
      >
        <ul className={styles['names']} aria-label={title} aria-busy={read.isReading}>
          {page ? (
            page.nodes.map((node) => (
              <li key={node.id}>
                {'code' in node && <code>{node.code} </code>}
                {node.name}
                {'code' in node && (
                  <span className={styles['quiet']}>
                    {' '}
                    {node.contractAccount.name} → {node.deliveryAccount.name}
                  </span>
                )}
              </li>
            ))
          ) : (
            <li aria-hidden="true">
              <Skeleton width={0.4} />
            </li>
          )}
        </ul>
      </PagedList>
    </div>
  );
}
