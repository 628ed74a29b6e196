import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { graphql } from '../gql';
import type { AccessPreviewInput } from '../gql/graphql';
import { errorText } from '../shared/api/errorWords';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { AccessSummary } from '../users/actions/AccessSummary';
import { whatText } from './entryWords';
import { lossesByUser, type UserLosses, withdrawal } from './losses';
import styles from './reviews.module.css';
import type { Entry } from './reviewsQuery';
import { kindWords } from './words';

const ReviewLosses = graphql(`
  query ReviewLosses($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      errors {
        code
        message
      }
      loses {
        ...AccessSummary
      }
    }
  }
`);

/** What each user loses. */
export function Losses({ entries, count }: { entries: readonly Entry[]; count: number }) {
  const more = count - entries.length;
  return (
    <div className={styles['losses']}>
      <p>
        <Trans>These users lose this, with all that they reach only through it:</Trans>
      </p>
      <ul>
        {lossesByUser(entries).map((losses) => (
          <OfUser key={losses.email} losses={losses} />
        ))}
      </ul>
      {more > 0 && (
        <p>
          <Plural value={more} one="and # more" other="and # more" />
        </p>
      )}
    </div>
  );
}

function OfUser({ losses }: { losses: UserLosses }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const { email, user, entries } = losses;
  return (
    <li>
      {email}: {entries.map((entry, place) => (
        <span key={entry.id}>
          {place > 0 && ', '}
          <Loss entry={entry} />
        </span>
      ))}
      {user && !isOpen && (
        <Button variant="small" aria-label={t`What ${email} loses with it`} onPress={() => setOpen(true)}>
          <Trans>With it</Trans>
        </Button>
      )}
      {user && isOpen && <Preview input={{ user, ...withdrawal(entries) }} />}
    </li>
  );
}

function Loss({ entry }: { entry: Entry }) {
  const { i18n } = useLingui();
  return (
    <>
      {i18n._(kindWords[entry.kind])} {whatText(entry)}
    </>
  );
}

/** What the user would no longer see, by the policy itself. */
function Preview({ input }: { input: AccessPreviewInput }) {
  const { data, problem, retry } = useRead(ReviewLosses, { input });
  const preview = data?.accessPreview;
  return (
    <>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!preview && !problem && <Skeleton />}
      {preview?.errors.map((error) => (
        <p key={error.code} role="alert">
          {errorText(error)}
        </p>
      ))}
      {preview?.loses && <AccessSummary view={preview.loses} isChange />}
    </>
  );
}
