"""Everything that one user may do: counted by type and action, and listed, one page at a time.

There is one actor, so the conditions are those of every other read (`Access.may`), with the actor's identity as
parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, case, cast, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.model.resources import ACTIONS
from authz.policy import Policy
from authz.routes import organization_key
from models import AccessReview, AccessReviewEntry, AuditEvent, Base, Organization, Service, User
from resolvers.policy_analysis.resource_lookup import Resource, name_of, organization_name
from resolvers.query import cursor

_ORDER = "thing"
_KEYS: dict[type[Base], str] = {
    User: "email",
    Service: "code",
    AuditEvent: "kind",
    AccessReview: "created_at",
    AccessReviewEntry: "user_email",
}

RequestedAction = tuple[type[Base], str]
"""A type and one of its actions."""


@dataclass(frozen=True, slots=True)
class ActionCount:
    """On how many things of a type an action is allowed."""

    model: type[Base]
    action: str
    resources: int


@dataclass(frozen=True, slots=True)
class AccessibleResource:
    """A thing, and what may be done with it."""

    resource: Resource
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessibleResourcePage:
    """What is reached by type and action, a page of the things, and the cursor of the next page if there is one."""

    counts: tuple[ActionCount, ...]
    resources: tuple[AccessibleResource, ...]
    next: str | None


def requested_actions(action: str | None, model: type[Base] | None) -> list[RequestedAction]:
    """All actions of all types; only `action`, and only those of `model`, where they are given."""
    return [
        (each, one.value)
        for each, actions in ACTIONS.items()
        for one in actions
        if action in (None, one.value) and model in (None, each)
    ]


async def what_can(
    connection: AsyncConnection,
    policy: Policy,
    actor: Actor,
    asked: Sequence[RequestedAction],
    *,
    first: int,
    after: str | None = None,
) -> AccessibleResourcePage:
    """What `actor` may do of what is `asked`, and the `first` things by type and name, from the cursor `after` on.

    Raises ValueError for a cursor that is none.
    """
    place = None if after is None else cursor.decode(after, _ORDER, Text())
    access = Access(policy, actor.traits)
    counts = (await connection.execute(_counts(access, asked), actor.identity)).all()
    rows = (await connection.execute(_page(access, asked, first, place), actor.identity)).all()
    numbers = {row.number: row.things for row in counts}
    models = list(ACTIONS)
    return AccessibleResourcePage(
        tuple(ActionCount(model, action, numbers[place]) for place, (model, action) in enumerate(asked)),
        tuple(
            AccessibleResource(
                Resource(models[row.type], row.id, row.name, row.organization_id, row.organization),
                tuple(each for each in row.actions if each is not None),
            )
            for row in rows[:first]
        ),
        rows[first - 1].cursor if len(rows) > first else None,
    )


def _counts(access: Access, asked: Sequence[RequestedAction]) -> Select[Any]:
    parts = []
    for number, (model, action) in enumerate(asked):
        row = model.__table__.alias()
        things = select(func.count()).select_from(row).where(access.may(action, model, row)).scalar_subquery()
        parts.append(select(literal(number, Integer).label("number"), things.label("things")))
    return select(union_all(*parts).subquery())


def _page(access: Access, asked: Sequence[RequestedAction], first: int, place: tuple[str, UUID] | None) -> Select[Any]:
    by_model: dict[type[Base], list[str]] = {}
    for model, action in asked:
        by_model.setdefault(model, []).append(action)
    thing = union_all(*(_things(access, model, actions) for model, actions in by_model.items())).subquery()
    page = select(thing, cursor.encode(_ORDER, thing.c.key, thing.c.id).label("cursor"))
    if place is not None:
        behind = or_(
            thing.c.key > literal(place[0], Text),
            (thing.c.key == literal(place[0], Text)) & (thing.c.id > literal(place[1])),
        )
        page = page.where(behind)
    return page.order_by(thing.c.key, thing.c.id).limit(first + 1)


def _things(access: Access, model: type[Base], actions: Sequence[str]) -> Select[Any]:
    row = model.__table__.alias()
    may: dict[str, ColumnElement[bool]] = {action: access.may(action, model, row) for action in actions}
    words = [case((condition, literal(action, Text)), else_=None) for action, condition in may.items()]
    number = list(ACTIONS).index(model)
    own = row.c[organization_key(model)]
    name = cast(name_of(model, row), Text)
    key = literal(f"{number} ", Text).concat(cast(row.c[_KEYS.get(model, "name_key")], Text))
    may_do: Any = array(words, type_=Text)
    things: Select[Any] = select(
        literal(number, Integer).label("type"),
        cast(key, Text).collate("C").label("key"),
        row.c.id,
        name.label("name"),
        own.label("organization_id"),
        (name if model is Organization else organization_name(own)).label("organization"),
        may_do.label("actions"),
    ).where(or_(*may.values()))
    return things
