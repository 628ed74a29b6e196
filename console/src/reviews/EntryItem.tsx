import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { AccessReviewDecision } from '../gql/graphql';
import { Button } from '../shared/ui/Button';
import { statusWords } from '../users/words';
import { whatText } from './entryWords';
import { reasonTexts } from './reasonWords';
import styles from './reviews.module.css';
import type { ReviewSearch } from './reviewSearch';
import type { Entry } from './reviewsQuery';
import { kindWords, markWords } from './words';

interface EntryItemProps {
  entry: Entry;
  /** Whether the entry above is of the same user, who is named there. */
  isContinued: boolean;
  /** Undefined once the review is signed off, and for those who may not. */
  onMark: ((decision: AccessReviewDecision) => void) | undefined;
  onNarrow: (change: Partial<ReviewSearch>) => void;
  errors: readonly string[] | undefined;
}

/** What one user had, and why, with what it is marked with. */
export function EntryItem({ entry, isContinued, onMark, onNarrow, errors }: EntryItemProps) {
  const { t, i18n } = useLingui();
  const id = useId();
  const { userName, userEmail, userStatus, user, kind, accountId, endsAt, removable, decision } = entry;
  const what = whatText(entry);
  const ends = endsAt && i18n.date(endsAt, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <li className={`${styles['entry']} ${isContinued ? styles['continued'] : ''}`}>
      {!isContinued && (
        <div className={styles['person']}>
          <h2>
            {user ? (
              <Link to="/users/$id" params={{ id: user.id }}>
                {userName}
              </Link>
            ) : (
              userName
            )}
          </h2>
          <p className={styles['quiet']}>
            {userEmail} · {i18n._(statusWords[userStatus])}
          </p>
          {user && (
            <Button variant="small" aria-label={t`Show only ${userName}`} onPress={() => onNarrow({ user: user.id })}>
              <Trans>Only this user</Trans>
            </Button>
          )}
        </div>
      )}
      <div>
        <p>
          {i18n._(kindWords[kind])}
          {what && (
            <>
              : <strong>{what}</strong>
            </>
          )}
        </p>
        {reasonTexts(entry).map((reason, place) => (
          <p key={place} className={styles['quiet']}>
            {place > 0 && (
              <>
                <Trans>And for another reason:</Trans>{' '}
              </>
            )}
            {reason}
          </p>
        ))}
        {ends && (
          <p className={styles['quiet']}>
            <Trans>Until {ends}</Trans>
          </p>
        )}
        {accountId && (
          <Button variant="small" aria-label={t`Show only ${what}`} onPress={() => onNarrow({ account: accountId })}>
            <Trans>Only this account</Trans>
          </Button>
        )}
      </div>
      <div>
        {onMark ? (
          <fieldset className={styles['marks']} aria-describedby={removable ? undefined : `${id}-why`}>
            <legend className="visually-hidden">
              {userName}: {i18n._(kindWords[kind])} {what}
            </legend>
            {(['KEEP', 'TAKE_AWAY'] as const).map((mark) => (
              <label key={mark}>
                <input
                  type="radio"
                  name={id}
                  checked={decision === mark}
                  disabled={mark === 'TAKE_AWAY' && !removable}
                  onChange={() => onMark(mark)}
                />
                {i18n._(markWords[mark])}
              </label>
            ))}
          </fieldset>
        ) : (
          i18n._(markWords[decision ?? 'NONE'])
        )}
        {onMark && !removable && (
          <p id={`${id}-why`} className={styles['quiet']}>
            <NotRemovable kind={kind} />
          </p>
        )}
        {errors?.map((message) => (
          <p key={message} role="alert" className={styles['failure']}>
            {message}
          </p>
        ))}
      </div>
    </li>
  );
}

function NotRemovable({ kind }: Pick<Entry, 'kind'>) {
  if (kind === 'NOTHING') return <Trans>There is nothing to take away.</Trans>;
  if (kind === 'PERMISSION') return <Trans>Every user has this permission, or the user no longer has it.</Trans>;
  return <Trans>It can’t be taken away by itself: it comes from all accounts or from a rule, or the user no longer has it.</Trans>;
}
