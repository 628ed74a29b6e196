import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate } from '@tanstack/react-router';
import { NotFoundPage } from '../frame/FailedPage';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { Icon } from '../shared/ui/Icon';
import { PagedList } from '../shared/ui/PagedList';
import { pageArguments } from '../shared/ui/Paging';
import { SearchField } from '../shared/ui/SearchField';
import { ListTable } from '../shared/ui/ListTable';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import styles from './organizations.module.css';
import { validateOrganizationsSearch } from './organizationsSearch';
import { type ListedOrganization, Organizations } from './queries';

const PAGE_SIZE = 25;

/** The organizations of the platform, for staff. What the list shows is in the address. */
export function OrganizationsPage() {
  const { t } = useLingui();
  useTitle(t`Organizations`);
  return useViewer().viewerCan.includes('CREATE_ORGANIZATION') ? <OrganizationList /> : <NotFoundPage />;
}

function OrganizationList() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { search, show, turn } = useListAddress(validateOrganizationsSearch);
  const read = useRead(Organizations, { ...pageArguments(search, PAGE_SIZE), search: search.search ?? null });
  const organizations = read.data?.organizations;
  const isFiltered = search.search !== undefined;
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <h1>
          <Trans>Organizations</Trans>
        </h1>
        <Button variant="primary" onPress={() => void navigate({ to: '/organizations/new' })}>
          <Icon name="plus" />
          <Trans>Add organization</Trans>
        </Button>
      </header>
      <div role="search" aria-label={t`Organizations`}>
        <SearchField label={t`Search organizations`} value={search.search ?? ''} onSearch={(text) => show({ search: text || undefined })} />
      </div>
      <PagedList
        read={read}
        page={organizations}
        position={search}
        onTurn={turn}
        count={<Plural value={organizations?.totalCount ?? 0} one="# organization" other="# organizations" />}
        empty={
          <EmptyState
            title={isFiltered ? t`No organizations found` : t`No organizations`}
            action={isFiltered && <Button onPress={() => show({})}>{t`Show all organizations`}</Button>}
          >
            {isFiltered ? <Trans>No organization has this name.</Trans> : <Trans>Organizations that are added appear here.</Trans>}
          </EmptyState>
        }
      >
        <ListTable
          label={t`Organizations`}
          isReading={read.isReading}
          head={
            <>
              <th scope="col">
                <Trans>Name</Trans>
              </th>
              <th scope="col">
                <Trans>Accounts</Trans>
              </th>
              <th scope="col">
                <Trans>Services</Trans>
              </th>
            </>
          }
          skeleton={[{}, { width: 0.3 }, { width: 0.3 }]}
        >
          {organizations?.nodes.map((each) => <Row key={each.id} organization={each} />)}
        </ListTable>
      </PagedList>
    </div>
  );
}

function Row({ organization }: { organization: ListedOrganization }) {
  const { id, name, contractAccounts, deliveryAccounts, services } = organization;
  const { i18n } = useLingui();
  return (
    <tr>
      <th scope="row">
        <Link to="/organizations/$id" params={{ id }}>
          {name}
        </Link>
      </th>
      <td>{i18n.number(contractAccounts.totalCount + deliveryAccounts.totalCount)}</td>
      <td>{i18n.number(services.totalCount)}</td>
    </tr>
  );
}
