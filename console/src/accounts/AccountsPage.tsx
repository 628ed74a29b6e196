import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { PagedList } from '../shared/ui/PagedList';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { AccountItem } from './AccountItem';
import styles from './AccountsPage.module.css';
import { Accounts } from './accountsQuery';
import { accountsVariables, validateAccountsSearch } from './accountsSearch';

/** The contract accounts that the viewer sees, with what belongs to them. What it shows is in the address. */
export function AccountsPage() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validateAccountsSearch);
  const read = useRead(Accounts, accountsVariables(search));
  useTitle(t`Accounts`);
  const { data, isReading } = read;
  const accounts = data?.contractAccounts;
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Accounts</Trans>
        </h1>
        <p className={styles['quiet']}>
          <Trans>The contract accounts that you see, with their delivery accounts and services.</Trans>
        </p>
      </header>
      <div role="search" aria-label={t`Accounts`}>
        <SearchField label={t`Search accounts`} value={search.search ?? ''} onSearch={(text) => show({ search: text || undefined })} />
      </div>
      <PagedList
        read={read}
        page={accounts}
        position={search}
        onTurn={turn}
        count={<Plural value={accounts?.totalCount ?? 0} one="# contract account" other="# contract accounts" />}
        empty={<EmptyAccounts isFiltered={search.search !== undefined} onClear={() => show({})} />}
      >
        <ul className={styles['accounts']} aria-label={t`Contract accounts`} aria-busy={isReading}>
          {accounts ? accounts.nodes.map((account) => <AccountItem key={account.id} account={account} />) : <SkeletonItems />}
        </ul>
      </PagedList>
    </div>
  );
}

function EmptyAccounts({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!isFiltered) {
    return (
      <EmptyState title={t`No accounts`}>
        <Trans>Contract accounts that you may see appear here.</Trans>
      </EmptyState>
    );
  }
  const all = (
    <Button onPress={onClear}>
      <Trans>Show all accounts</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No accounts found`} action={all}>
      <Trans>No contract account that you see has this name.</Trans>
    </EmptyState>
  );
}

function SkeletonItems() {
  return [0.5, 0.35, 0.45].map((width) => (
    <li key={width} aria-hidden="true" className={styles['account']}>
      <Skeleton width={width} />
      <Skeleton width={width + 0.3} />
    </li>
  ));
}
