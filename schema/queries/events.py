"""The query `events`: the feed of what happened in an organization."""

from typing import Annotated

import strawberry

import models
from resolvers import public_id
from resolvers.errors import MutationRejected
from resolvers.event_feed.read import MAX_PAGE_SIZE, FeedEvent, FeedQuery, read_events
from resolvers.transaction.access_query import run_access_query
from schema.declare.audit_kinds import AuditKind
from schema.declare.fields import gql_type
from schema.declare.scalars import DateTime
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info


@gql_type
class Event:
    """What happened, when, and to what: what a webhook sends. The ids lead to more, as far as you may view it."""

    id: strawberry.ID = strawberry.field(
        description="The id of the audit event, which `node` returns with its details."
    )
    kind: AuditKind = strawberry.field(description="The kind of the event.")
    created_at: DateTime = strawberry.field(description="When the event happened.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="The id of the user or other resource that the event concerns. Null if it concerns none, or one "
        "that isn't visible to you."
    )


@gql_type
class EventFeed:
    """A page of the feed of events."""

    events: list[Event] = strawberry.field(
        description="The events that you may view, in the order in which they were committed, the oldest first."
    )
    end_cursor: str = strawberry.field(
        description="The cursor after this page, to pass as `after`. Never null: at the end of the feed, it leads to "
        "what happens later. It belongs to the organization, and doesn't expire."
    )
    has_next_page: bool = strawberry.field(
        description="Whether the feed goes on already. If so, a page may still have fewer events than requested, or "
        "none."
    )


async def events(
    info: Info,
    *,
    first: Annotated[
        int, strawberry.argument(description=f"The number of events to return: at least 1, at most {MAX_PAGE_SIZE}.")
    ] = MAX_PAGE_SIZE,
    after: Annotated[str | None, strawberry.argument(description="Returns only events after this cursor.")] = None,
    since: Annotated[
        DateTime | None,
        strawberry.argument(description="Begins at this time, instead of at a cursor; without both, at the beginning."),
    ] = None,
    kinds: Annotated[
        list[AuditKind] | None,
        strawberry.argument(description="Returns only events of these kinds. All if omitted or null."),
    ] = None,
) -> EventFeed:
    """Resolves `events`."""
    context = info.context.context
    query = FeedQuery(first, after, since, kinds, str(info.path.key))
    try:
        page = await run_access_query(context.writing, context.caller, lambda work: read_events(work, query))
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected
    return EventFeed(
        events=[_event(event) for event in page.events], end_cursor=page.cursor, has_next_page=page.has_more
    )


def _event(event: FeedEvent) -> Event:
    return Event(
        id=strawberry.ID(public_id.encode(models.AuditEvent, event.id)),
        kind=event.kind,
        created_at=DateTime(event.created_at),
        subject_id=None if event.subject is None else strawberry.ID(event.subject),
    )
