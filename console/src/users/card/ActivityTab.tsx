import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Paging, type Position } from '../../shared/ui/Paging';
import { Skeleton } from '../../shared/ui/Skeleton';
import { auditWords, fieldWords } from './auditWords';
import type { CardUser } from './cardQuery';
import styles from './UserCardPage.module.css';

interface ActivityTabProps {
  events: CardUser['auditEvents'] | undefined;
  onTurn: (position: Position) => void;
}

/** What has been done about a user, the newest first. */
export function ActivityTab({ events, onTurn }: ActivityTabProps) {
  const { t, i18n } = useLingui();
  if (!events) return <Skeleton />;
  if (events.totalCount === 0) {
    return (
      <p>
        <Trans>Nothing that you can see.</Trans>
      </p>
    );
  }
  const what = ({ kind }: (typeof events.nodes)[number]) => {
    const words = auditWords[kind];
    return words ? i18n._(words) : kind;
  };
  const fieldName = (field: string) => {
    const words = fieldWords[field];
    return words ? i18n._(words) : field;
  };
  const who = ({ actor, apiClient }: (typeof events.nodes)[number]) =>
    [actor?.displayName, apiClient?.name].filter(Boolean).join(' · ') || '–';
  return (
    <>
      <div className={styles['scroll']} role="group" aria-label={t`Activity`} tabIndex={0}>
        <table aria-label={t`Activity`}>
          <thead>
            <tr>
              <th scope="col">{t`When`}</th>
              <th scope="col">{t`What`}</th>
              <th scope="col">{t`By`}</th>
              <th scope="col">{t`Changed`}</th>
            </tr>
          </thead>
          <tbody>
            {events.nodes.map((event) => (
              <tr key={event.id}>
                <td>{i18n.date(event.createdAt, { dateStyle: 'medium', timeStyle: 'short' })}</td>
                <td>{what(event)}</td>
                <td>{who(event)}</td>
                <td>{[...new Set(event.changes.map(({ field }) => fieldName(field)))].join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Paging pageInfo={events.pageInfo} onTurn={onTurn}>
        <Plural value={events.totalCount} one="# event" other="# events" />
      </Paging>
    </>
  );
}
