import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import type { Ref } from 'react';
import { ListTable } from '../shared/ui/ListTable';
import styles from './Activity.module.css';
import type { AuditEntry } from './activityQuery';
import { kindWords, refusals } from './auditKinds';
import { Changes } from './Changes';

interface EventsTableProps {
  /** The events of the page; undefined until the first ones have come. */
  events: readonly AuditEntry[] | undefined;
  isReading: boolean;
  /** Whether all of them are about the user whose card it is: then nobody is named. */
  isOfOne?: boolean;
  ref?: Ref<HTMLTableElement>;
}

/** What has happened, the newest first: when, who did it, what it was, and to whom. */
export function EventsTable({ events, isReading, isOfOne = false, ref }: EventsTableProps) {
  const { t } = useLingui();
  return (
    <ListTable
      ref={ref}
      label={t`Activity`}
      isReading={isReading}
      className={styles['table']}
      head={
        <>
          <th scope="col">
            <Trans>When</Trans>
          </th>
          <th scope="col" className={styles['wide']}>
            <Trans>By</Trans>
          </th>
          <th scope="col">
            <Trans>What</Trans>
          </th>
          {!isOfOne && (
            <th scope="col" className={styles['wide']}>
              <Trans>About</Trans>
            </th>
          )}
        </>
      }
      skeleton={[{ width: 0.8 }, { className: styles['wide'], width: 0.6 }, { lines: 2 }, ...(isOfOne ? [] : [{ className: styles['wide'], width: 0.6 }])]}
    >
      {events?.map((event) => <Row key={event.id} event={event} isOfOne={isOfOne} />)}
    </ListTable>
  );
}

function Row({ event, isOfOne }: { event: AuditEntry; isOfOne: boolean }) {
  const { i18n } = useLingui();
  const { kind, createdAt } = event;
  const isRefused = refusals.includes(kind);
  return (
    <tr className={isRefused ? styles['refused'] : undefined}>
      <td className={styles['when']}>
        <time dateTime={createdAt}>{i18n.date(createdAt, { dateStyle: 'medium', timeStyle: 'medium' })}</time>
      </td>
      <td className={styles['wide']}>
        <Actor event={event} />
      </td>
      <td className={styles['what']}>
        <p className={styles['kind']}>{i18n._(kindWords[kind])}</p>
        {/* Where there is no place for these columns. */}
        <p className={styles['narrow']}>
          {!isOfOne && <Subject event={event} />}
          <span>
            <Trans>
              By: <Actor event={event} />
            </Trans>
          </span>
        </p>
        <Changes event={event} />
      </td>
      {!isOfOne && (
        <td className={styles['wide']}>
          <Subject event={event} />
        </td>
      )}
    </tr>
  );
}

/** Who acted, and with which API client. */
function Actor({ event: { actor, apiClient } }: { event: AuditEntry }) {
  if (!actor) return <span>–</span>;
  return (
    <span>
      <Link to="/users/$id" params={{ id: actor.id }}>
        {actor.displayName}
      </Link>
      {apiClient && (
        <span className={styles['quiet']}>
          {' '}
          <Trans>with the API client {apiClient.name}</Trans>
        </span>
      )}
    </span>
  );
}

/** The user or other resource that the event is about. */
function Subject({ event: { subject, subjectId, resources } }: { event: AuditEntry }) {
  const { i18n } = useLingui();
  if (subject) {
    return (
      <Link to="/users/$id" params={{ id: subject.id }}>
        {subject.displayName}
      </Link>
    );
  }
  const name = resources.find(({ id }) => id === subjectId)?.name;
  if (!name) return null;
  // An access review is named by its time.
  return <span>{subjectId?.startsWith('rev_') ? i18n.date(name, { dateStyle: 'medium', timeStyle: 'short' }) : name}</span>;
}
