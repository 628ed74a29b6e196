import { Trans, useLingui } from '@lingui/react/macro';
import type { UserCardQuery } from '../../gql/graphql';
import { Skeleton } from '../../shared/ui/Skeleton';
import type { CardUser } from './cardQuery';
import styles from './UserCardPage.module.css';

type OwnSessions = NonNullable<UserCardQuery['viewer']>['sessions'];

/** When a user last signed in, and one's own open sessions: of others, they are nobody's business. */
export function SessionsTab({ user, isSelf, sessions }: { user: CardUser; isSelf: boolean; sessions: OwnSessions | undefined }) {
  const { t, i18n } = useLingui();
  const time = (when: string) => i18n.date(when, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <>
      <dl className={styles['facts']}>
        <dt>
          <Trans>Last sign-in</Trans>
        </dt>
        <dd>{user.lastSignInAt ? time(user.lastSignInAt) : <Trans>Never</Trans>}</dd>
      </dl>
      {isSelf && !sessions && <Skeleton />}
      {isSelf && sessions && (
        <div className={styles['scroll']} role="group" aria-label={t`Sessions`} tabIndex={0}>
          <table aria-label={t`Sessions`}>
            <thead>
              <tr>
                <th scope="col">{t`Browser`}</th>
                <th scope="col">{t`Network`}</th>
                <th scope="col">{t`Started`}</th>
                <th scope="col">{t`Last used`}</th>
              </tr>
            </thead>
            <tbody>
              {sessions.map(({ id, current, userAgent, address, createdAt, lastSeenAt }) => (
                <tr key={id}>
                  <td>
                    {userAgent ?? t`Unknown`} {current && <Trans>(this one)</Trans>}
                  </td>
                  <td>{address ?? t`Unknown`}</td>
                  <td>{time(createdAt)}</td>
                  <td>{time(lastSeenAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!isSelf && (
        <p className={styles['note']}>
          <Trans>The open sessions of a user are shown only to themselves.</Trans>
        </p>
      )}
    </>
  );
}
