"""Events as webhooks and the feed tell them: what happened, when and to which resource, and nothing else.

Whoever gets one asks the API for more, so the policy decides what they learn.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Select, Text, Uuid, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.model.actions import VIEW
from models import AuditEvent, AuditHead, is_of
from resolvers.query.registry import Row
from resolvers.types.audit_event import subject_id

LOOKED_AT: Final = 1_000
"""How many events of an organization are looked at in one step, of whatever kind, seen or not."""

_AT_ONCE: Final = 1_000
"""How many changes may have been under way when an event happened."""


def thin_events(access: Access, event: Row) -> Select[*tuple[Any, ...]]:
    """The SELECT of the events of the organization `organization_id`, a parameter, that the actor may view."""
    columns = event.c.id, event.c.number, event.c.kind, event.c.created_at, subject_id(event, access).label("subject")
    in_organization = is_of(event, bindparam("organization_id", type_=Uuid()))
    return select(*columns).where(in_organization, access.may(VIEW, AuditEvent, event))


def events_in_order(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the first `rows` events with a number above `after`, and up to `until`, that are of one of the
    `kinds` and that the actor may view. No `kinds` are all."""
    event = AuditEvent.__table__.alias()
    after, until, rows = (bindparam(name, type_=BigInteger()) for name in ("after", "until", "rows"))
    kinds = bindparam("kinds", type_=ARRAY(Text()))
    is_of_kind = or_(kinds.is_(None), event.c.kind == any_(kinds))
    in_range = event.c.number > after, event.c.number <= until, is_of_kind
    return thin_events(access, event).where(*in_range).order_by(event.c.number).limit(rows)


def newest_number(organization_id: UUID) -> Select[int]:
    """The SELECT of the number of the newest event that is committed; no row if there is none."""
    return select(AuditHead.number).where(AuditHead.chain == organization_id)


def first_number_since(organization_id: UUID, since: datetime) -> Select[tuple[int | None]]:
    """The SELECT of the lowest number of the events from `since` on; NULL if there are none.

    Numbers are in the order of the commits, and times those at which transactions began. So the event with the earliest
    time may follow others: the lowest number is that of one of the first.
    """
    event = AuditEvent.__table__.alias()
    own = is_of(event, bindparam(None, organization_id, Uuid()))
    time = bindparam(None, since, DateTime(timezone=True))
    first = select(event.c.number).where(own, event.c.created_at >= time)
    first_numbers = first.order_by(event.c.created_at, event.c.id).limit(_AT_ONCE).subquery()
    return select(func.min(first_numbers.c.number))
