import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import { useSaid } from '../shared/useSaid';
import type { Problem } from '../shared/api/problem';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import styles from './reviews.module.css';
import { CreateAccessReview, type ListedOrganization, type ListedReview } from './reviewsQuery';
import { stateTones, stateWords } from './words';

/** The newest access reviews of an organization. */
export function OrganizationReviews({ organization: { id, name, viewerCan, accessReviews } }: { organization: ListedOrganization }) {
  const heading = useId();
  const mayReview = viewerCan.includes('REVIEW_ACCESS');
  const older = accessReviews.totalCount - accessReviews.nodes.length;
  return (
    <section className={styles['section']} aria-labelledby={heading}>
      <div className={styles['head']}>
        <h2 id={heading}>{name}</h2>
        {mayReview && <NewReview organization={id} />}
      </div>
      {accessReviews.nodes.length === 0 && (
        <p className={styles['quiet']}>
          {mayReview ? <Trans>No access reviews yet.</Trans> : <Trans>You may not review the access to this organization.</Trans>}
        </p>
      )}
      <ReviewList reviews={accessReviews.nodes} labelledBy={heading} />
      {older > 0 && (
        <p className={styles['quiet']}>
          <Link to="/access-reviews" search={{ organization: id }}>
            <Plural value={older} one="Show # older review" other="Show # older reviews" />
          </Link>
        </p>
      )}
    </section>
  );
}

/** Access reviews, each with its state. */
export function ReviewList({ reviews, labelledBy }: { reviews: readonly ListedReview[]; labelledBy: string }) {
  return (
    <ul className={styles['reviews']} aria-labelledby={labelledBy}>
      {reviews.map((review) => (
        <Item key={review.id} review={review} />
      ))}
    </ul>
  );
}

function Item({ review: { id, createdAt, createdBy, state, progress, signedOffAt } }: { review: ListedReview }) {
  const { i18n } = useLingui();
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium', timeStyle: 'short' });
  const signed = signedOffAt && time(signedOffAt);
  return (
    <li className={styles['head']}>
      <span>
        <Link to="/access-reviews/$id" params={{ id }}>
          {time(createdAt)}
        </Link>
        {createdBy && <span className={styles['quiet']}> · {createdBy.displayName}</span>}
      </span>
      {signed ? (
        <Badge tone="good">
          <Trans>Signed off {signed}</Trans>
        </Badge>
      ) : (
        <Badge tone={stateTones[state]}>
          {i18n._(stateWords[state])}
          {state === 'RUNNING' && ` ${progress} %`}
        </Badge>
      )}
    </li>
  );
}

export function NewReview({ organization }: { organization: string }) {
  const { send, isSending } = useWrite(CreateAccessReview);
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<string[]>([]);
  const create = async () => {
    const written = await send({ organization });
    setProblem(written.problem);
    const payload = written.data?.createAccessReview;
    setErrors(() => errorTexts(payload?.errors ?? []));
    if (payload?.accessReview) await navigate({ to: '/access-reviews/$id', params: { id: payload.accessReview.id } });
  };
  return (
    <div>
      <Button variant="primary" isPending={isSending} onPress={() => void create()}>
        <Trans>New access review</Trans>
      </Button>
      {problem && <ProblemNotice problem={problem} />}
      {errors.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
    </div>
  );
}
