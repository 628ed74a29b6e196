import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import type { BulkResultFragment, UserChangeState } from '../../gql/graphql';
import { errorTexts } from '../../shared/api/errorWords';
import { Badge, type Tone } from '../../shared/ui/Badge';
import { permissionWords } from '../permissionWords';
import styles from './bulk.module.css';
import type { BulkOutcome } from './useBulkChange';

const stateWords: Record<UserChangeState, MessageDescriptor> = {
  CHANGED: msg`Changed`,
  WOULD_BE_CHANGED: msg`Can be changed`,
  UNCHANGED: msg`Stays as it is`,
  NOT_CHANGED: msg`Not changed`,
  REFUSED: msg`Refused`,
};

const stateTones: Record<UserChangeState, Tone> = {
  CHANGED: 'good',
  WOULD_BE_CHANGED: 'good',
  UNCHANGED: 'neutral',
  NOT_CHANGED: 'neutral',
  REFUSED: 'danger',
};

/** What has become of each user, or would; the heading gets the focus. */
export function BulkResults({ outcome }: { outcome: BulkOutcome }) {
  const { t, i18n } = useLingui();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [outcome]);
  const { isDryRun, changed, refused, results, errors: general } = outcome;
  return (
    <section className={styles['results']}>
      <h3 tabIndex={-1} ref={heading}>
        {isDryRun ? <Trans>Result of the check</Trans> : <Trans>Result of the change</Trans>}
      </h3>
      {errorTexts(general).map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <p>
        {isDryRun ? (
          <Plural value={changed} one="# user would be changed." other="# users would be changed." />
        ) : (
          <Plural value={changed} one="# user has been changed." other="# users have been changed." />
        )}{' '}
        {refused > 0 && <Plural value={refused} one="# user is refused." other="# users are refused." />}
      </p>
      <ul className={styles['list']} aria-label={t`Results`}>
        {results.map(({ state, user, errors, gains, loses }, place) => (
          <li key={user?.id ?? place}>
            <span className={styles['who']}>
              <span>{user?.displayName ?? t`A user whom you can’t see`}</span>
              <Badge tone={stateTones[state]}>{i18n._(stateWords[state])}</Badge>
            </span>
            {errorTexts(errors).map((message) => (
              <p key={message} className={styles['reason']}>
                {message}
              </p>
            ))}
            {gains && <Difference label={t`Gains`} difference={gains} />}
            {loses && <Difference label={t`Loses`} difference={loses} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Difference({ label, difference }: { label: string; difference: NonNullable<BulkResultFragment['gains']> }) {
  const { t, i18n } = useLingui();
  const { permissions, contractAccounts, deliveryAccounts, services } = difference;
  const parts = [
    ...permissions.map((permission) => i18n._(permissionWords[permission].name)),
    ...(contractAccounts > 0 ? [t`contract accounts: ${contractAccounts}`] : []),
    ...(deliveryAccounts > 0 ? [t`delivery accounts: ${deliveryAccounts}`] : []),
    ...(services > 0 ? [t`services: ${services}`] : []),
  ];
  if (parts.length === 0) return null;
  const list = new Intl.ListFormat(i18n.locale, { style: 'short', type: 'unit' }).format(parts);
  return <p className={styles['difference']}>{`${label}: ${list}`}</p>;
}
