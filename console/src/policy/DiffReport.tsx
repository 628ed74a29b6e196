import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { Findings } from './Findings';
import { LiveReport } from './LiveReport';
import type { Difference, Finding } from './policyQuery';
import styles from './policy.module.css';
import { verdictWords } from './words';

interface DiffReportProps {
  difference: Difference;
  /** Whether the text has been edited since. */
  isOutdated: boolean;
  onOpen: (finding: Finding) => void;
}

/** What an edit would mean: whether it loads, who gains and loses today, and what changes for anybody who could exist. */
export function DiffReport({ difference, isOutdated, onOpen }: DiffReportProps) {
  const { t } = useLingui();
  const heading = useRef<HTMLHeadingElement>(null);
  // A screen reader goes on here.
  useEffect(() => heading.current?.focus(), [difference]);
  const { loads, findings, live, version } = difference;
  return (
    <section aria-label={t`What it would mean`} className={styles['report']}>
      <h2 ref={heading} tabIndex={-1}>
        <Trans>What it would mean</Trans>
      </h2>
      {isOutdated && (
        <p role="status" className={styles['outdated']}>
          <Trans>The text has been edited since. Compare again.</Trans>
        </p>
      )}
      <p>
        {loads ? (
          <Trans>
            It would load as version <code>{version}</code>.
          </Trans>
        ) : (
          <Trans>It would not be loaded.</Trans>
        )}
      </p>
      <Findings findings={findings} onOpen={onOpen} />
      {loads && (
        <>
          <h3>
            <Trans>On today’s data</Trans>
          </h3>
          {live ? (
            <LiveReport live={live} />
          ) : (
            <p>
              <Trans>The comparison on today’s data took too long.</Trans>
            </p>
          )}
          <h3>
            <Trans>For anybody who could exist</Trans>
          </h3>
          <TraitReport traits={difference.traits} />
        </>
      )}
    </section>
  );
}

function TraitReport({ traits }: { traits: Difference['traits'] }) {
  const { i18n } = useLingui();
  if (traits.length === 0) {
    return (
      <p>
        <Trans>Nothing changes: for nobody who could exist do the two decide differently.</Trans>
      </p>
    );
  }
  const across = traits.filter(({ crosses }) => crosses).length;
  return (
    <>
      {across > 0 && (
        <p className={styles['danger']}>
          <Plural
            value={across}
            one="# of these lets somebody reach rows of another organization."
            other="# of these let somebody reach rows of another organization."
          />
        </p>
      )}
      <ul className={styles['traits']}>
        {traits.map(({ verdict, action, type, actors, was, becomes, gained, lost }, place) => (
          <li key={place}>
            <p>
              <strong>
                {action} {type}
              </strong>
              : {verdictWords[verdict] ? i18n._(verdictWords[verdict]) : verdict}
            </p>
            <p lang="en">{actors.join('; ')}</p>
            <dl>
              <dt>
                <Trans>Was</Trans>
              </dt>
              <dd>
                <code>{was}</code>
              </dd>
              <dt>
                <Trans>Becomes</Trans>
              </dt>
              <dd>
                <code>{becomes}</code>
              </dd>
              <Example title={<Trans>Denied before, allowed now</Trans>} lines={gained} />
              <Example title={<Trans>Allowed before, denied now</Trans>} lines={lost} />
            </dl>
          </li>
        ))}
      </ul>
    </>
  );
}

function Example({ title, lines }: { title: React.ReactNode; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd lang="en">
        {lines.map((line, place) => (
          <span key={place}>{line}</span>
        ))}
      </dd>
    </>
  );
}
