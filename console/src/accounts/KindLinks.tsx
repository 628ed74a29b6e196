import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import styles from './AccountsPage.module.css';
import type { foundCounts } from './accountsQuery';
import type { AccountsSearch } from './accountsSearch';

interface KindLinksProps {
  search: AccountsSearch;
  counts: ReturnType<typeof foundCounts>;
}

/** A kind is shown whatever the page of its list. */
const isShown = { includeSearch: true, explicitUndefined: true };

/** The kinds of accounts, each with how many of them the search finds, and the services that it finds. */
export function KindLinks({ search: { search }, counts }: KindLinksProps) {
  const { t } = useLingui();
  return (
    <nav aria-label={t`Kinds of accounts`} className={styles['kinds']}>
      <Link to="/accounts" search={{ search, kind: undefined }} activeOptions={isShown}>
        <Trans>Contract accounts</Trans> <Count value={counts.contract} />
      </Link>
      <Link to="/accounts" search={{ search, kind: 'delivery' }} activeOptions={isShown}>
        <Trans>Delivery accounts</Trans> <Count value={counts.delivery} />
      </Link>
      {search && counts.services ? (
        <Link to="/services" search={{ search }}>
          <Plural value={counts.services} one="# service with these words" other="# services with these words" />
        </Link>
      ) : null}
    </nav>
  );
}

function Count({ value }: { value: number | undefined }) {
  const { i18n } = useLingui();
  return <span className={styles['count']}>{value === undefined ? '' : i18n.number(value)}</span>;
}
