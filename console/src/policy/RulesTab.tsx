import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Findings } from './Findings';
import type { InForce } from './policyQuery';
import styles from './policy.module.css';

/** The source with its numbered lines, each of which has a link, and a list of the rules that leads to them. */
export function RulesTab({ policy, line }: { policy: InForce; line: number }) {
  const { t } = useLingui();
  const shown = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Browsers may return a promise, which is no clean-up.
    shown.current?.scrollIntoView({ block: 'center' });
  }, [line]);
  const rule = policy.rules.findLast((each) => each.line <= line && line <= each.lastLine);
  return (
    <>
      <Findings findings={policy.warnings} />
      <div className={styles['rules']}>
        <nav aria-label={t`Rules`} className={styles['outline']}>
          <ul>
            {policy.rules.map(({ title, line: first }) => (
              <li key={`${first} ${title}`}>
                <Link to="/policy" search={{ line: String(first) }} resetScroll={false} aria-current={rule?.line === first || undefined}>
                  <code>{title}</code>
                  <span aria-hidden="true">{first}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles['source']} role="region" aria-label={t`Source`} tabIndex={0}>
          <ol>
            {policy.source.split('\n').map((text, place) => {
              const number = place + 1;
              const isIn = rule ? rule.line <= number && number <= rule.lastLine : number === line;
              return (
                <li key={number} ref={number === line ? shown : null} className={isIn ? styles['marked'] : undefined}>
                  <Link to="/policy" search={{ line: String(number) }} resetScroll={false} aria-label={t`Line ${number}`} tabIndex={-1}>
                    {number}
                  </Link>
                  <code>{text}</code>
                </li>
              );
            })}
          </ol>
        </div>
      </div>
      <p className={styles['quiet']}>
        <Trans>A policy comes into force by its file on the servers, never from here.</Trans>
      </p>
    </>
  );
}
