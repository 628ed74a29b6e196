import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useId, useRef } from 'react';
import styles from './invite.module.css';
import { countOf } from './results';
import { ResultsTable } from './ResultsTable';
import type { Invitation } from './useInvitation';

/** The results of the newest check or invitation, and those who were invited before. The heading gets the focus when
 *  results have come. */
export function ResultsSection({ invitation: { outcome, invited } }: { invitation: Invitation }) {
  const { t } = useLingui();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [outcome]);
  if (!outcome || outcome.results.length + invited.length === 0) return null;
  const { isDryRun, results } = outcome;
  const refused = countOf(results, 'REFUSED');
  const done = countOf(results, isDryRun ? 'WOULD_BE_INVITED' : 'INVITED');
  return (
    <section aria-labelledby={id} className={styles['results']}>
      <h2 id={id} tabIndex={-1} ref={heading}>
        {isDryRun ? <Trans>Result of the check</Trans> : <Trans>Result of the invitation</Trans>}
      </h2>
      {results.length > 0 && (
        <p>
          {isDryRun ? (
            <Plural value={done} one="# person can be invited." other="# people can be invited." />
          ) : (
            <Plural value={done} one="# person has been invited." other="# people have been invited." />
          )}{' '}
          {refused > 0 && <Plural value={refused} one="# line is refused." other="# lines are refused." />}{' '}
          {countOf(results, 'NOT_INVITED') > 0 && <Trans>Nobody can be invited with this access: see the messages below.</Trans>}{' '}
          {refused > 0 && !isDryRun && <Trans>Correct the lines that are still in the field, and send those again.</Trans>}
        </p>
      )}
      {results.length > 0 && <ResultsTable label={t`Results`} results={results} showsLines={isDryRun} />}
      {invited.length > 0 && (
        <>
          <h3>
            <Trans>Invited before</Trans>
          </h3>
          <ResultsTable label={t`Invited before`} results={invited} showsLines={false} />
        </>
      )}
    </section>
  );
}
