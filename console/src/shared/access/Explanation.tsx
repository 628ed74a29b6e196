import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { statusWords } from '../../users/words';
import { usePart } from '../api/opening';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Skeleton } from '../ui/Skeleton';
import { actionWords } from './actionWords';
import type { AskedAccess } from './askedAccess';
import { conditionText } from './conditionWords';
import { type Condition, ExplainAccess, type Explained } from './explainQuery';
import { explanationParts } from './explanationParts';
import styles from './WhoCanDialog.module.css';

interface ExplanationProps {
  asked: AskedAccess & { user: string };
  /** Undefined while it is not known, and if the viewer doesn't see the user. */
  userName: string | undefined;
  /** What the thing is called. */
  name: string;
}

/** Why a user may do something with an account, a service or another user, or what is missing. */
export function Explanation({ asked, userName = '', name }: ExplanationProps) {
  const { i18n } = useLingui();
  const { data, isReading, problem, retry } = usePart(ExplainAccess, { user: asked.user, action: asked.action, on: asked.on });
  const heading = useRef<HTMLHeadingElement>(null);
  const explained = isReading && !data ? undefined : data?.explainAccess;
  const isThere = Boolean(explained);
  useEffect(() => {
    // A screen reader goes on here.
    if (isThere) heading.current?.focus();
  }, [isThere, asked.user, asked.action]);
  if (problem) return <ProblemNotice problem={problem} retry={retry} />;
  if (explained === undefined) return <Skeleton />;
  if (explained === null) {
    return (
      <p>
        <Trans>You can’t see this any more.</Trans>
      </p>
    );
  }
  const words = actionWords[asked.action];
  return (
    <div className={styles['explanation']} aria-busy={isReading}>
      <h3 ref={heading} tabIndex={-1}>
        {i18n._((explained.allowed ? words.yes : words.no)(userName, name))}
      </h3>
      <Reasons explained={explained} />
    </div>
  );
}

function Reasons({ explained }: { explained: Explained }) {
  const { i18n } = useLingui();
  const { ways, missing, holding } = explanationParts(explained);
  const status = i18n._(statusWords[explained.status]);
  if (explained.allowed) {
    return ways.map((conditions, place) => (
      <div key={place}>
        {place > 0 && (
          <p>
            <Trans>And for another reason:</Trans>
          </p>
        )}
        <Sentences conditions={conditions} />
      </div>
    ));
  }
  return (
    <>
      {explained.status !== 'ACTIVE' && (
        <p>
          <Trans>They see nothing, because they are not active. Their status: {status}.</Trans>
        </p>
      )}
      {ways.length === 0 && <Missing alternatives={missing} />}
      {ways.length === 0 && holding.length > 0 && (
        <>
          <p className={styles['quiet']}>
            <Trans>The rest is as it has to be:</Trans>
          </p>
          <Sentences conditions={holding} />
        </>
      )}
    </>
  );
}

/** What is missing. There may be several ways to see something, of which one is enough. */
function Missing({ alternatives }: { alternatives: Condition[][] }) {
  if (alternatives.length === 0) {
    return (
      <p>
        <Trans>The access policy lets nobody like them see this.</Trans>
      </p>
    );
  }
  return alternatives.map((conditions, place) => (
    <div key={place}>
      {place > 0 && (
        <p className={styles['quiet']}>
          <Trans>Or, in another way:</Trans>
        </p>
      )}
      <Sentences conditions={conditions} />
    </div>
  ));
}

function Sentences({ conditions }: { conditions: Condition[] }) {
  const { t } = useLingui();
  return (
    <ul className={styles['sentences']}>
      {conditions.map((condition, place) => (
        <li key={place} className={condition.holds ? styles['holds'] : styles['fails']}>
          <span aria-hidden="true">{condition.holds ? '✓' : '✗'}</span>
          <span className="visually-hidden">{condition.holds ? t`Given:` : t`Missing:`}</span> {conditionText(condition)}
        </li>
      ))}
    </ul>
  );
}
