"""Narrows the look for webhooks with something to send to organizations in which something has happened lately.

To find out that nothing is to be sent, all webhooks would have to be compared with the ends of their chains of events,
by each process every two seconds. So a process remembers when it found nothing, and looks at what has happened since:
events, deliveries that somebody asked for, pauses that have ended, and webhooks that were worked on or are. Times are
those at which transactions began, so that what took longer than `MARGIN` to commit could be missed: once in
`WHOLE_SECONDS`, all webhooks are looked at.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, union_all

from models import AuditEvent, Webhook, WebhookDelivery
from resolvers.transaction.unit_of_work import UnitOfWork

MARGIN: Final = timedelta(seconds=10)
"""How long before a look that found nothing a transaction may have begun of which it knew nothing."""

WHOLE_SECONDS: Final = 60.0
"""How long what is committed later than that waits at most."""

MOST_ORGANIZATIONS: Final = 1000
"""If something has happened in more organizations than that, all webhooks are looked at."""


async def recent_organizations(work: UnitOfWork, since: datetime) -> Sequence[UUID] | None:
    """Returns the organizations in which there may be something to send of which a look at the time `since` knew
    nothing; None if they are too many. Some of them have no webhook."""
    begin, now = since - MARGIN, func.statement_timestamp()
    happened = (
        select(AuditEvent.organization_id).where(
            AuditEvent.created_at > begin, AuditEvent.organization_id.is_not(None)
        ),
        select(WebhookDelivery.organization_id).where(WebhookDelivery.created_at > begin),
        select(Webhook.organization_id).where(Webhook.due_at > begin, Webhook.due_at <= now),
        select(Webhook.organization_id).where(Webhook.served_at > begin),
        select(Webhook.organization_id).where(Webhook.leased_until.is_not(None)),
    )
    all_ = union_all(*happened).subquery()
    organizations = select(all_.c.organization_id).distinct().limit(MOST_ORGANIZATIONS + 1)
    found = (await work.execute(organizations)).scalars().all()
    return None if len(found) > MOST_ORGANIZATIONS else found


class LastLook:
    """When one process looked last in vain, by the clock of the database. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: datetime | None = None
        self._whole_until = float("-inf")

    def since(self) -> datetime | None:
        """Since when the next look must look for changes; None if it must look at all webhooks."""
        return self._at if self._clock() < self._whole_until else None

    def note(self, at: datetime, since: datetime | None) -> None:
        """Notes that a look for changes since `since`, or at all webhooks, found nothing at this time."""
        self._at = at
        if since is None:
            self._whole_until = self._clock() + WHOLE_SECONDS
