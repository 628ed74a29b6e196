import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useRead } from '../shared/api/operations';
import { textOf } from '../shared/searchParameters';
import { EmptyState } from '../shared/ui/EmptyState';
import { PagedList } from '../shared/ui/PagedList';
import { pageArguments, type Position } from '../shared/ui/Paging';
import { SearchField } from '../shared/ui/SearchField';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { AllReviews } from './AllReviews';
import { OrganizationReviews } from './OrganizationReviews';
import styles from './reviews.module.css';
import { AccessReviews } from './reviewsQuery';
import { usePolling } from './usePolling';

interface ReviewsSearch extends Position {
  search?: string | undefined;
  /** The id of the one organization all of whose reviews are listed. */
  organization?: string | undefined;
}

const validate = (search: Record<string, unknown>): ReviewsSearch => ({
  search: textOf(search['search'])?.slice(0, 200),
  organization: textOf(search['organization'])?.slice(0, 100),
  after: textOf(search['after']),
  before: textOf(search['before']),
});

/** The access reviews of each organization that the viewer sees, with a button for a new one; or all reviews of one. */
export function ReviewsPage() {
  const { t } = useLingui();
  const { search, turn } = useListAddress(validate);
  useTitle(t`Access reviews`);
  const { organization } = search;
  return organization ? <AllReviews organization={organization} position={search} onTurn={turn} /> : <NewestReviews />;
}

function NewestReviews() {
  const { t } = useLingui();
  const { search, show, turn } = useListAddress(validate);
  const read = useRead(AccessReviews, { ...pageArguments(search, 10), search: search.search ?? null });
  const organizations = read.data?.organizations;
  const reviews = organizations?.nodes.flatMap(({ accessReviews }) => accessReviews.nodes) ?? [];
  usePolling(
    reviews.some(({ state }) => state === 'PENDING' || state === 'RUNNING'),
    read.retry,
  );
  const hasSeveral = search.search !== undefined || (organizations?.totalCount ?? 0) > 1;
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Access reviews</Trans>
        </h1>
        <p className={styles['about']}>
          <Trans>Who had access to what at one moment, and why: to be checked entry by entry, and signed off.</Trans>
        </p>
      </header>
      {hasSeveral && (
        <div role="search" aria-label={t`Organizations`}>
          <SearchField label={t`Search organizations`} value={search.search ?? ''} onSearch={(text) => show({ search: text || undefined })} />
        </div>
      )}
      <PagedList
        read={read}
        page={organizations}
        position={search}
        onTurn={turn}
        count={hasSeveral && <Plural value={organizations?.totalCount ?? 0} one="# organization" other="# organizations" />}
        empty={
          <EmptyState title={t`No organizations`}>
            <Trans>Organizations whose access you may review appear here.</Trans>
          </EmptyState>
        }
      >
        {organizations ? organizations.nodes.map((each) => <OrganizationReviews key={each.id} organization={each} />) : <Skeleton width={0.5} />}
      </PagedList>
    </div>
  );
}
