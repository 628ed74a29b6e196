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
import { Accounts, foundCounts } from './accountsQuery';
import { accountsVariables, validateAccountsSearch } from './accountsSearch';
import { KindLinks } from './KindLinks';

/** The accounts that the viewer sees, with what belongs to them. What it shows is in the address. */
export function AccountsPage() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validateAccountsSearch);
  const read = useRead(Accounts, accountsVariables(search));
  useTitle(t`Accounts`);
  const { data, isReading } = read;
  const isDelivery = search.kind === 'delivery';
  const accounts = isDelivery ? data?.deliveryAccounts : data?.contractAccounts;
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Accounts</Trans>
        </h1>
        <p className={styles['quiet']}>
          <Trans>The accounts that you see: who signed, to whom it is delivered, and the services between the two.</Trans>
        </p>
      </header>
      <div role="search" aria-label={t`Accounts`}>
        <SearchField label={t`Search accounts`} value={search.search ?? ''} onSearch={(text) => show({ search: text || undefined, kind: search.kind })} />
      </div>
      <KindLinks search={search} counts={foundCounts(data)} />
      <PagedList
        read={read}
        page={accounts}
        position={search}
        onTurn={turn}
        count={<AccountCount value={accounts?.totalCount ?? 0} isDelivery={isDelivery} />}
        empty={<EmptyAccounts isFiltered={search.search !== undefined} onClear={() => show({ kind: search.kind })} />}
      >
        <ul className={styles['accounts']} aria-label={isDelivery ? t`Delivery accounts` : t`Contract accounts`} aria-busy={isReading}>
          {accounts ? accounts.nodes.map((account) => <AccountItem key={account.id} account={account} isDelivery={isDelivery} />) : <SkeletonItems />}
        </ul>
      </PagedList>
    </div>
  );
}

function AccountCount({ value, isDelivery }: { value: number; isDelivery: boolean }) {
  return isDelivery ? (
    <Plural value={value} one="# delivery account" other="# delivery accounts" />
  ) : (
    <Plural value={value} one="# contract account" other="# contract accounts" />
  );
}

function EmptyAccounts({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const { t } = useLingui();
  if (!isFiltered) {
    return (
      <EmptyState title={t`No accounts`}>
        <Trans>Accounts that you may see appear here.</Trans>
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
      <Trans>No account of this kind that you see has this name.</Trans>
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
