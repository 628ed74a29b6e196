import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../frame/FailedPage';
import { useRead } from '../shared/api/operations';
import { lazily } from '../shared/lazily';
import { Button } from '../shared/ui/Button';
import { EmptyState } from '../shared/ui/EmptyState';
import { PagedList } from '../shared/ui/PagedList';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { EntryItem } from './EntryItem';
import { ReviewFilters } from './ReviewFilters';
import { ReviewHeader } from './ReviewHeader';
import styles from './reviews.module.css';
import { changed, entryFilter, isFiltered, reviewVariables, validateReviewSearch } from './reviewSearch';
import { ReviewedAccess } from './reviewsQuery';
import { useMarks } from './useMarks';
import { usePolling } from './usePolling';

const SignOffDialog = lazily(() => import('./SignOffDialog'), 'SignOffDialog');

/** One access review: who had what, and why, to be marked and signed off. */
export function ReviewPage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  const { search, show, turn } = useListAddress(validateReviewSearch);
  const read = useRead(ReviewedAccess, reviewVariables(id, search));
  const { mark, shown, errors, problem, isSending } = useMarks(id);
  const { data } = read;
  const review = data?.node?.__typename === 'AccessReview' ? data.node : null;
  useTitle(t`Access review`);
  usePolling(review?.state === 'PENDING' || review?.state === 'RUNNING', read.retry);
  if (read.problem?.argument === 'id' || (data && !review)) return <NotFoundPage />;
  const mayMark = review?.viewerCan.includes('SIGN_OFF') ?? false;
  const entries = review?.entries.nodes.map(shown);
  const nameOf = (named: string | undefined) => {
    const node = data?.nodes.find((each) => each && 'id' in each && each.id === named);
    return (node && ('displayName' in node ? node.displayName : 'name' in node ? node.name : undefined)) ?? undefined;
  };
  return (
    <div className={styles['page']}>
      <ReviewHeader review={review} filter={entryFilter(search)} onSignOff={() => show({ ...search, act: 'sign-off' })} />
      {review?.state === 'COMPLETE' && <ReviewFilters search={search} nameOf={nameOf} onChange={show} />}
      {problem && <ProblemNotice problem={problem} />}
      {errors['']?.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      {(!review || review.state === 'COMPLETE') && (
        <PagedList
          read={read}
          page={review?.entries}
          position={search}
          onTurn={turn}
          count={<Plural value={review?.entries.totalCount ?? 0} one="# entry" other="# entries" />}
          empty={<EmptyEntries onClear={isFiltered(search) ? () => show({}) : undefined} />}
        >
          {mayMark && entries && (
            <div>
              <Button isPending={isSending} onPress={() => mark(entries.filter(({ decision }) => !decision), 'KEEP')}>
                <Trans>Keep all on this page that are not marked</Trans>
              </Button>
            </div>
          )}
          <ul className={styles['entries']} aria-label={t`Entries`} aria-busy={read.isReading}>
            {entries?.map((entry, place) => (
              <EntryItem
                key={entry.id}
                entry={entry}
                isContinued={entry.userEmail === entries[place - 1]?.userEmail}
                errors={errors[entry.id]}
                onMark={mayMark ? (decision) => mark([entry], decision) : undefined}
                onNarrow={(change) => show(changed(search, change))}
              />
            )) ?? <SkeletonEntries />}
          </ul>
        </PagedList>
      )}
      {search.act && review && mayMark && <SignOffDialog review={review} onClose={() => show({ ...search, act: undefined })} />}
    </div>
  );
}

function SkeletonEntries() {
  return [0.3, 0.4, 0.35].map((width) => (
    <li key={width} aria-hidden="true" className={styles['entry']}>
      <div>
        <Skeleton width={width} />
        <Skeleton width={width + 0.3} />
      </div>
    </li>
  ));
}

function EmptyEntries({ onClear }: { onClear: (() => void) | undefined }) {
  const { t } = useLingui();
  const all = onClear && (
    <Button onPress={onClear}>
      <Trans>Show all entries</Trans>
    </Button>
  );
  return (
    <EmptyState title={t`No entries`} action={all}>
      <Trans>Nothing in this review matches the search and the filters.</Trans>
    </EmptyState>
  );
}
