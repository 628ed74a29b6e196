"""Reads a page of the feed: authorizes the reader, finds where to begin, and selects what the policy lets them view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, bindparam, func, literal, select

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import OrganizationAction
from models import AuditEvent, AuditKind, Organization, is_of
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.event_feed.position import Position, seal, unseal
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.thin_event import LOOKED_AT, events_in_order, first_number_since, newest_number

MAX_PAGE_SIZE: Final = 100
"""The maximum number of events on a page."""


_KNOWN_KINDS: Final = frozenset(kind.value for kind in AuditKind)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """The `first` events after the cursor `after`, or from `since` on, or from the beginning; of these `kinds`, or of
    all. `path` is the name of the query in the response."""

    first: int
    after: str | None
    since: datetime | None
    kinds: Sequence[AuditKind] | None
    path: str


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event. `subject` is the public id of what it is about, if the reader sees that."""

    id: UUID
    kind: AuditKind
    created_at: datetime
    subject: str | None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events, the oldest first, the cursor behind them, and whether the feed already goes on there."""

    events: tuple[FeedEvent, ...]
    cursor: str
    has_more: bool


async def read_events(work: UnitOfWork, query: FeedQuery) -> FeedPage:
    """A page of the feed of the caller's organization.

    At most `LOOKED_AT` events are looked at, so a page may hold fewer than `first`, or none, although the feed goes on.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not read the feed; INVALID if the page is
    too large, for a cursor together with a time, and for a cursor that is malformed, of another organization, from
    before a restore, or behind which events were moved to an archive.
    """
    actor, access = await work.lock_actor()
    organization_id = await _authorize(work, actor, access, query.path)
    if not 1 <= query.first <= MAX_PAGE_SIZE:
        raise _invalid(query, f"Request 1 to {MAX_PAGE_SIZE} events.")
    newest = await _newest(work, organization_id)
    begin = await _begin(work, organization_id, newest, query)
    until = min(newest, begin.number + LOOKED_AT)
    kinds = None if query.kinds is None else [kind.value for kind in query.kinds]
    range_ = {"after": begin.number, "until": until, "rows": query.first + 1, "kinds": kinds}
    parameters = {"organization_id": organization_id, **range_}
    rows = () if until <= begin.number else (await work.select_as(actor, access, events_in_order, parameters)).all()
    known = list(takewhile(_is_known, rows))
    page = known[: query.first]
    if len(page) < len(rows):
        # The next page begins with the first event that is not on this one. Nothing can be asked for before it.
        until = rows[len(page)].number - 1
    end = begin if until <= begin.number else Position.behind(until, await _hash(work, organization_id, until))
    has_more = len(known) > len(page) or (len(known) == len(rows) and until < newest)
    return FeedPage(tuple(map(_event, page)), seal(work.context.secret_key, organization_id, end), has_more)


def may_read_events(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the organization with the parameter `organization_id`, if the actor may read its feed."""
    row = Organization.__table__.alias()
    key = bindparam("organization_id", type_=Uuid())
    return select(row.c.id).where(
        row.c.id == key, access.may(OrganizationAction.READ_EVENTS, Organization, row).is_(True)
    )


async def _authorize(work: UnitOfWork, actor: Actor, access: Access, path: str) -> UUID:
    """The caller's organization, if they may read its feed."""
    key = actor.organization_id
    found = None if key is None else await work.select_as(actor, access, may_read_events, {"organization_id": key})
    allowed = found is not None and found.one_or_none() is not None
    work.record_check(OrganizationAction.READ_EVENTS, Organization, key, allowed=allowed)
    if key is None or not allowed:
        message = "You may not read the events of your organization."
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, message, (path,)))
    return key


async def _newest(work: UnitOfWork, organization_id: UUID) -> int:
    """The number of the newest event that is committed; 0 if there is none."""
    return (await work.execute(newest_number(organization_id))).scalar_one_or_none() or 0


async def _hash(work: UnitOfWork, organization_id: UUID, number: int) -> bytes | None:
    """The hash of the event with this number. If it was moved to an archive, the event after it still has its hash."""
    own = _is_of(organization_id)
    its_own = select(AuditEvent.hash).where(own, AuditEvent.number == number).scalar_subquery()
    after = select(AuditEvent.previous_hash).where(own, AuditEvent.number == number + 1).scalar_subquery()
    hash_: bytes | None = (await work.execute(select(func.coalesce(its_own, after)))).scalar_one()
    return hash_


async def _last_archived(work: UnitOfWork, organization_id: UUID) -> int:
    """The number of the last event that was moved to an archive; 0 if none was."""
    oldest = select(func.min(AuditEvent.number)).where(_is_of(organization_id))
    return ((await work.execute(oldest)).scalar_one() or 1) - 1


async def _is_current(work: UnitOfWork, organization_id: UUID, position: Position) -> bool:
    """Whether the number of a position still means the same event, and none behind it was moved to an archive. Before
    the first event there is none that could tell."""
    if position.number == 0 and await _last_archived(work, organization_id) > 0:
        return False
    return position == Position.behind(position.number, await _hash(work, organization_id, position.number))


def _is_of(organization_id: UUID) -> ColumnElement[bool]:
    return is_of(AuditEvent.__table__, literal(organization_id, Uuid()))


async def _begin(work: UnitOfWork, organization_id: UUID, newest: int, query: FeedQuery) -> Position:
    if query.after is not None and query.since is not None:
        raise _invalid(query, "Give a cursor or a time, not both.")
    if query.after is not None:
        position = unseal(work.context.secret_key, organization_id, query.after)
        if position is None or not await _is_current(work, organization_id, position):
            raise _invalid(query, "This cursor isn't one of this feed, or not any more. Begin again with `since`.")
        return position
    if query.since is None:
        number = await _last_archived(work, organization_id)
    else:
        first = (await work.execute(first_number_since(organization_id, query.since))).scalar_one()
        number = newest if first is None else first - 1
    return Position.behind(number, await _hash(work, organization_id, number))


def _is_known(row: Row[*tuple[Any, ...]]) -> bool:
    """Whether this version knows the kind of an event. What a newer one writes beside it is told after the upgrade."""
    return row.kind in _KNOWN_KINDS


def _event(row: Row[*tuple[Any, ...]]) -> FeedEvent:
    return FeedEvent(row.id, AuditKind(row.kind), row.created_at, row.subject)


def _invalid(query: FeedQuery, message: str) -> MutationRejected:
    return MutationRejected(Problem(ErrorCode.INVALID, message, (query.path,)))
