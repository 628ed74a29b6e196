import { Trans, useLingui } from '@lingui/react/macro';
import { permissionWords } from '../permissionWords';
import type { PastAccess } from './pastAccess';
import { Grants } from './AccessTab';
import styles from './UserCardPage.module.css';

/** What the user was and might do at an earlier time, and how much of it the audit trail records. */
export function PastFacts({ access }: { access: PastAccess }) {
  const { i18n } = useLingui();
  const ends = new Map<string, string>(access.permissionEnds.map(({ permission, endsAt }) => [permission, endsAt] as const));
  return (
    <dl className={styles['facts']}>
      <dt>
        <Trans>At that time</Trans>
      </dt>
      <dd>
        <State access={access} />
      </dd>
      <dt>
        <Trans>Audit trail</Trans>
      </dt>
      <dd>
        <Reach access={access} />
      </dd>
      {access.existed && (
        <>
          <dt>
            <Trans>Permissions</Trans>
          </dt>
          <dd>
            <Grants grants={access.permissions.map((permission) => ({ name: i18n._(permissionWords[permission].name), end: ends.get(permission) }))} />
          </dd>
          <dt>
            <Trans>Contract accounts</Trans>
          </dt>
          <dd>{access.allContractAccounts ? <Trans>All</Trans> : <Trans>Those listed below</Trans>}</dd>
          <dt>
            <Trans>Delivery accounts</Trans>
          </dt>
          <dd>
            {access.allDeliveryAccounts ? (
              <Trans>All</Trans>
            ) : access.audience === 'ORGANIZATION' && access.deliveryCount.totalCount === 0 ? (
              <Trans>Those that their contract accounts deliver to</Trans>
            ) : (
              <Trans>Those listed below</Trans>
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

function State({ access: { existed, active } }: { access: PastAccess }) {
  if (!existed) return <Trans>The user had not been created yet.</Trans>;
  if (active) return <Trans>The user could sign in.</Trans>;
  return <Trans>The user could not sign in: not activated yet, or removed.</Trans>;
}

/** How far the audit trail reaches back, and where the rest comes from. */
function Reach({ access: { complete, reachesBackTo } }: { access: PastAccess }) {
  const { i18n } = useLingui();
  if (!reachesBackTo) {
    return <Trans>It records nothing about this user’s access. What is shown is what they have now.</Trans>;
  }
  const since = i18n.date(reachesBackTo, { dateStyle: 'medium', timeStyle: 'short' });
  if (complete) return <Trans>It records all of this user’s access since {since}.</Trans>;
  return (
    <Trans>
      It records all of this user’s access only since {since}, which is later. Of the time before, what it doesn’t record is shown as it was before the
      first recorded change, or as it is now.
    </Trans>
  );
}
