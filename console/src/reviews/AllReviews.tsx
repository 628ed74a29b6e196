import { Plural, Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { NotFoundPage } from '../frame/FailedPage';
import { useRead } from '../shared/api/operations';
import { PagedList } from '../shared/ui/PagedList';
import { pageArguments, type Position } from '../shared/ui/Paging';
import { Skeleton } from '../shared/ui/Skeleton';
import { NewReview, ReviewList } from './OrganizationReviews';
import styles from './reviews.module.css';
import { ReviewsOfOrganization } from './reviewsQuery';
import { usePolling } from './usePolling';

const PAGE_SIZE = 25;

interface AllReviewsProps {
  /** The id of the organization. */
  organization: string;
  position: Position;
  onTurn: Parameters<typeof PagedList>[0]['onTurn'];
}

/** All access reviews of an organization, the newest first. */
export function AllReviews({ organization: id, position, onTurn }: AllReviewsProps) {
  const heading = useId();
  const read = useRead(ReviewsOfOrganization, { id, ...pageArguments(position, PAGE_SIZE) });
  const organization = read.data?.organization;
  const reviews = organization?.accessReviews;
  usePolling(reviews?.nodes.some(({ state }) => state === 'PENDING' || state === 'RUNNING') ?? false, read.retry);
  if (read.problem?.argument === 'id' || organization === null) return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <div>
          <p>
            <Link to="/access-reviews">
              <Trans>Access reviews</Trans>
            </Link>
          </p>
          <h1 id={heading}>{organization ? organization.name : <Trans>Access reviews</Trans>}</h1>
        </div>
        {organization?.viewerCan.includes('REVIEW_ACCESS') && <NewReview organization={id} />}
      </header>
      <PagedList
        read={read}
        page={reviews}
        position={position}
        onTurn={onTurn}
        count={<Plural value={reviews?.totalCount ?? 0} one="# access review" other="# access reviews" />}
        empty={
          <p className={styles['quiet']}>
            <Trans>No access reviews yet.</Trans>
          </p>
        }
      >
        {reviews ? <ReviewList reviews={reviews.nodes} labelledBy={heading} /> : <Skeleton width={0.5} />}
      </PagedList>
    </div>
  );
}
