import { Trans } from '@lingui/react/macro';
import { useId } from 'react';
import type { Audience } from '../../gql/graphql';
import { useRead } from '../../shared/api/operations';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { AccessSummary } from '../actions/AccessSummary';
import { accessInput, type NewUser } from './newUser';
import styles from './NewUserPage.module.css';
import { NewUserPreview } from './queries';

/** What the user will see with the access that is chosen just now. */
export function AccessPreviewRegion({ audience, user }: { audience: Audience; user: NewUser }) {
  const id = useId();
  const { data, isReading, problem, retry } = useRead(NewUserPreview, { input: accessInput(audience, user) });
  const preview = data?.accessPreview;
  return (
    <section aria-labelledby={id} aria-busy={isReading} className={styles['preview']}>
      <h2 id={id}>
        <Trans>What this user will see</Trans>
      </h2>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {preview?.errors.map(({ message }) => (
        <p key={message} className={styles['status']}>
          {message}
        </p>
      ))}
      {preview?.after && <AccessSummary view={preview.after} />}
      {!preview && !problem && <Skeleton />}
    </section>
  );
}
