import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { Paging } from '../shared/ui/Paging';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import { useTitle } from '../shared/useTitle';
import { AccountItem } from './AccountItem';
import styles from './AccountsPage.module.css';
import { Accounts } from './accountsQuery';
import { type AccountsSearch, accountsVariables, validateAccountsSearch } from './accountsSearch';

/** The contract accounts that the viewer sees, with what belongs to them. What it shows is in the address. */
export function AccountsPage() {
  const { t } = useLingui();
  const search = validateAccountsSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { data, isReading, isSlow, problem, retry } = useRead(Accounts, accountsVariables(search));
  useTitle(t`Accounts`);
  const show = (wanted: AccountsSearch) => void navigate({ to: '.', search: { ...wanted } as never, resetScroll: false });
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
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {isSlow && (
        <p role="status">
          <Trans>This takes longer than usual.</Trans>
        </p>
      )}
      {accounts?.nodes.length === 0 ? (
        <EmptyAccounts isFiltered={search.search !== undefined} onClear={() => show({})} />
      ) : (
        (accounts ?? !problem) && (
          <ul className={styles['accounts']} aria-label={t`Contract accounts`} aria-busy={isReading}>
            {accounts ? accounts.nodes.map((account) => <AccountItem key={account.id} account={account} />) : <SkeletonItems />}
          </ul>
        )
      )}
      <Paging pageInfo={accounts?.pageInfo} onTurn={(position) => show({ search: search.search, ...position })}>
        {accounts && <Plural value={accounts.totalCount} one="# contract account" other="# contract accounts" />}
      </Paging>
    </div>
  );
}

function EmptyAccounts({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <div className={styles['empty']}>
      <h2>{isFiltered ? <Trans>No accounts found</Trans> : <Trans>No accounts</Trans>}</h2>
      <p>
        {isFiltered ? (
          <Trans>No contract account that you see has this name.</Trans>
        ) : (
          <Trans>Contract accounts that you may see appear here.</Trans>
        )}
      </p>
      {isFiltered && (
        <Button onPress={onClear}>
          <Trans>Show all accounts</Trans>
        </Button>
      )}
    </div>
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
