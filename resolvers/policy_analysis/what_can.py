"""Lists the resources on which a user may act, one page at a time, and counts them by type and action.

There is one actor, so the conditions are the usual ones (`Access.may`), with the actor's identity as parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, case, cast, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor, ActorKind
from authz.model.actions import ACTIONS
from authz.model.resources import organization_key
from authz.policy import Policy
from models import Base, Organization
from resolvers.placed_rows import is_distributed
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.resource_lookup import NAME_COLUMNS, Resource, name_of, organization_name
from resolvers.query import cursor

_ORDER = "thing"

RequestedAction = tuple[type[Base], str]
"""A type and one of its actions."""


@dataclass(frozen=True, slots=True)
class ActionCount:
    """The number of resources of a type on which an action is allowed."""

    model: type[Base]
    action: str
    resources: int


@dataclass(frozen=True, slots=True)
class AccessibleResource:
    """A resource, and the actions that are allowed on it."""

    resource: Resource
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessibleResourcePage:
    """Counts by type and action, a page of the resources, and the cursor of the next page if there is one."""

    counts: tuple[ActionCount, ...]
    resources: tuple[AccessibleResource, ...]
    next: str | None


def requested_actions(action: str | None, model: type[Base] | None) -> list[RequestedAction]:
    """Returns all actions of all types; with `action` or `model`, only those that match."""
    return [
        (resource_type, member.value)
        for resource_type, actions in ACTIONS.items()
        for member in actions
        if action in (None, member.value) and model in (None, resource_type)
    ]


async def what_can(
    connection: AsyncConnection,
    policy: Policy,
    actor: Actor,
    requested: Sequence[RequestedAction],
    *,
    first: int,
    after: str | None = None,
    assumed: Assumption = NOTHING,
) -> AccessibleResourcePage:
    """Returns which of the `requested` actions `actor` may perform, with the `first` resources by type and name.

    The page begins after the cursor `after`. `assumed` are grants that aren't stored, from which the traits of `actor`
    follow. Raises ValueError if the cursor is malformed.
    """
    position = None if after is None else cursor.decode(after, _ORDER, Text())
    if actor.traits.kind is ActorKind.STAFF:
        # Of all organizations, a distributed database can't list and count everything in one statement.
        assumed = replace(assumed, copied=await is_distributed(connection))
    access, parameters = assumed.access(policy, actor.traits), {**actor.identity, **assumed.parameters}
    counts = (await connection.execute(assumed.applied(_counts(access, requested)), parameters)).all()
    page = assumed.applied(_page(access, requested, first, position, actor.organization_id))
    rows = (await connection.execute(page, parameters)).all()
    numbers = {row.number: row.resources for row in counts}
    models = list(ACTIONS)
    return AccessibleResourcePage(
        tuple(ActionCount(model, action, numbers[position]) for position, (model, action) in enumerate(requested)),
        tuple(
            AccessibleResource(
                Resource(models[row.type], row.id, row.name, row.organization_id, row.organization),
                tuple(action for action in row.actions if action is not None),
            )
            for row in rows[:first]
        ),
        rows[first - 1].cursor if len(rows) > first else None,
    )


def _counts(access: Access, requested: Sequence[RequestedAction]) -> Select[Any]:
    parts = []
    for number, (model, action) in enumerate(requested):
        row = model.__table__.alias()
        resources = select(func.count()).select_from(row).where(access.may(action, model, row)).scalar_subquery()
        parts.append(select(literal(number, Integer).label("number"), resources.label("resources")))
    return select(union_all(*parts).subquery())


def _page(
    access: Access,
    requested: Sequence[RequestedAction],
    first: int,
    position: tuple[str, UUID] | None,
    organization: UUID | None,
) -> Select[Any]:
    by_model: dict[type[Base], list[str]] = {}
    for model, action in requested:
        by_model.setdefault(model, []).append(action)
    resource = union_all(
        *(_resources(access, model, actions, organization) for model, actions in by_model.items())
    ).subquery()
    page = select(resource, cursor.encode(_ORDER, resource.c.key, resource.c.id).label("cursor"))
    if position is not None:
        after_cursor = or_(
            resource.c.key > literal(position[0], Text),
            (resource.c.key == literal(position[0], Text)) & (resource.c.id > literal(position[1])),
        )
        page = page.where(after_cursor)
    return page.order_by(resource.c.key, resource.c.id).limit(first + 1)


def _resources(access: Access, model: type[Base], actions: Sequence[str], organization: UUID | None) -> Select[Any]:
    """The rows of a type on which any of the actions is allowed. `organization` is the actor's: nobody but staff gets
    beyond it."""
    row = model.__table__.alias()
    may: dict[str, ColumnElement[bool]] = {action: access.may(action, model, row) for action in actions}
    allowed = [case((condition, literal(action, Text)), else_=None) for action, condition in may.items()]
    number = list(ACTIONS).index(model)
    organization_id = row.c[organization_key(model)]
    of = organization_id if organization is None else literal(organization, Uuid())
    name = cast(name_of(model, row), Text)
    key = literal(f"{number} ", Text).concat(cast(row.c[NAME_COLUMNS.get(model, "name_key")], Text))
    may_do: Any = array(allowed, type_=Text)
    resources: Select[Any] = select(
        literal(number, Integer).label("type"),
        cast(key, Text).collate("C").label("key"),
        row.c.id,
        name.label("name"),
        organization_id.label("organization_id"),
        (name if model is Organization else organization_name(of)).label("organization"),
        may_do.label("actions"),
    ).where(or_(*may.values()))
    return resources
