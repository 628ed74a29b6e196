import { Trans } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { EventsTable } from '../../activity/EventsTable';
import { Paging, type Position } from '../../shared/ui/Paging';
import type { CardUser } from './cardQuery';

interface ActivityTabProps {
  user: CardUser;
  isReading: boolean;
  onTurn: (position: Position) => void;
}

/** What has been done about a user, the newest first. */
export function ActivityTab({ user: { id, auditEvents: events }, isReading, onTurn }: ActivityTabProps) {
  const isEmpty = events?.nodes.length === 0 && !events.pageInfo.hasNextPage && !events.pageInfo.hasPreviousPage;
  return (
    <>
      {isEmpty ? (
        <p>
          <Trans>Nothing that you can see.</Trans>
        </p>
      ) : (
        <EventsTable events={events?.nodes} isReading={isReading} isOfOne />
      )}
      <p>
        <Link to="/activity" search={{ whom: id }}>
          <Trans>Filter this list</Trans>
        </Link>{' '}
        ·{' '}
        <Link to="/activity" search={{ who: id }}>
          <Trans>What this user did</Trans>
        </Link>
      </p>
      {!isEmpty && <Paging pageInfo={events?.pageInfo} onTurn={onTurn} />}
    </>
  );
}
