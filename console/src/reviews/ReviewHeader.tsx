import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import type { AccessReviewEntryFilter } from '../gql/graphql';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { Skeleton } from '../shared/ui/Skeleton';
import { DownloadButton } from './DownloadButton';
import styles from './reviews.module.css';
import type { Review } from './reviewsQuery';
import { stateTones, stateWords } from './words';

interface ReviewHeaderProps {
  /** Null until it has come. */
  review: Review | null;
  filter: AccessReviewEntryFilter;
  onSignOff: () => void;
}

/** The state of a review, and what can be done with it as a whole. */
export function ReviewHeader({ review, filter, onSignOff }: ReviewHeaderProps) {
  return (
    <header className={styles['head']}>
      <div>
        <p>
          <Link to="/access-reviews">
            <Trans>Access reviews</Trans>
          </Link>
        </p>
        <h1>
          <Trans>Access review</Trans>
        </h1>
        {review ? <State review={review} /> : <Skeleton width={0.4} />}
      </div>
      {review?.state === 'COMPLETE' && (
        <div className={styles['buttons']}>
          <DownloadButton review={review.id} filter={filter} count={review.entries.totalCount} />
          {review.viewerCan.includes('SIGN_OFF') && (
            <Button variant="primary" onPress={onSignOff}>
              <Trans>Sign off</Trans>
            </Button>
          )}
        </div>
      )}
    </header>
  );
}

function State({ review }: { review: Review }) {
  const { t, i18n } = useLingui();
  const { organization, state, progress, recordedAt, signedOffAt, signedOffBy, note, undecided, taken } = review;
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const recorded = time(recordedAt ?? review.createdAt);
  const signed = signedOffAt && time(signedOffAt);
  return (
    <>
      <p>
        {organization?.name} · <Trans>as of {recorded}</Trans>{' '}
        {signed ? (
          <Badge tone="good">
            <Trans>Signed off {signed}</Trans>
          </Badge>
        ) : (
          <Badge tone={stateTones[state]}>{i18n._(stateWords[state])}</Badge>
        )}
      </p>
      {signedOffBy && (
        <p className={styles['quiet']}>
          {signedOffBy.displayName}
          {note && `: ${note}`}
        </p>
      )}
      {(state === 'PENDING' || state === 'RUNNING') && (
        <p>
          <progress max={100} value={progress} aria-label={t`Progress`} /> {progress} %
        </p>
      )}
      {state === 'FAILED' && (
        <p role="alert">
          <Trans>The access could not be recorded. Create a new review, or ask the operator, whose log has the cause.</Trans>
        </p>
      )}
      {state === 'COMPLETE' && (
        <p className={styles['quiet']} role="status">
          <Plural value={undecided.totalCount} one="# entry not marked" other="# entries not marked" /> ·{' '}
          <Plural value={taken.totalCount} one="# to take away" other="# to take away" />
        </p>
      )}
    </>
  );
}
