"""Everybody who may do something to one thing, and through what: one page at a time, two statements for each page.

    SELECT … FROM users WHERE id IN (SELECT actor.id FROM actors, services r, contract_grants g WHERE <route 1>
                                     UNION SELECT actor.id FROM actors, services r WHERE <route 2> …)
    ORDER BY email LIMIT …

The routes are the policy's (`authz/routes.py`); the second statement asks for each of them which rows tie the users of
the page to the thing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    func,
    literal,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.model.resources import VIEW
from authz.policy import Policy
from authz.predicates.nodes import Source
from authz.routes import Route, required_traits
from models import User
from resolvers.policy_analysis.actor_table import (
    ActorTable,
    TraitProfile,
    UserGroup,
    actor_table,
    group_by_route,
    profiles,
)
from resolvers.policy_analysis.resource_lookup import Resource, organization_name
from resolvers.policy_analysis.route_joins import RouteJoin, join_route
from resolvers.policy_analysis.row_labels import label_row
from resolvers.query import cursor

_ORDER = "email"


@dataclass(frozen=True, slots=True)
class AccessPath:
    """Why somebody may: the rules of the policy, outermost first; what the user has that opens them; the rows that tie
    the user to the thing. Both in words."""

    rules: tuple[Source, ...]
    traits: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A user who may. `organization` is None for the staff."""

    id: UUID
    email: str
    group: UserGroup
    organization: str | None
    ways: tuple[AccessPath, ...]


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """A page of those who may, how many there are in all, and the cursor of the next page if there is one."""

    total: int
    subjects: tuple[Subject, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Question:
    policy: Policy
    action: str
    thing: Resource
    profiles: Mapping[int, TraitProfile]
    actors: ActorTable
    routes: Mapping[Route, list[int]]


async def who_can(
    connection: AsyncConnection,
    policy: Policy,
    action: str,
    thing: Resource,
    *,
    first: int,
    after: str | None = None,
    asker: tuple[Actor, Access] | None = None,
) -> SubjectPage:
    """The `first` users, by email, who may do `action` to `thing`, from the cursor `after` on; with `asker`, of those
    whom they see.

    Raises ValueError for a cursor that is none, or an action that the thing does not have.
    """
    place = None if after is None else cursor.decode(after, _ORDER, Text())
    question = await _question(connection, policy, action, thing)
    if not question.routes:
        return SubjectPage(0, (), None)
    page = _page(question, first, place, asker[1] if asker else None)
    rows = (await connection.execute(page, asker[0].identity if asker else {})).all()
    users = [row for row in rows[:first] if row.id is not None]
    ways = await _ways(connection, question, {row.id: question.profiles[row.profile] for row in users})
    return SubjectPage(
        rows[0].total,
        tuple(
            Subject(row.id, row.email, question.profiles[row.profile].group, row.organization, ways[row.id])
            for row in users
        ),
        users[-1].cursor if len(rows) > first else None,
    )


async def _question(connection: AsyncConnection, policy: Policy, action: str, thing: Resource) -> _Question:
    """The routes to the thing. Only its own organization and the staff are looked at where the routes lead nobody else
    to it."""
    model = thing.model
    for organization in (thing.organization_id, None):
        found = {each.number: each for each in await profiles(connection, organization)}
        ways = group_by_route(policy, found.values(), action, model)
        staff = {number for number, each in found.items() if each.group is UserGroup.STAFF}
        if all(route.confined(model) or staff.issuperset(numbers) for route, numbers in ways.items()):
            break
    return _Question(policy, action, thing, found, actor_table(list(found.values()), [policy], organization), ways)


def _page(question: _Question, first: int, place: tuple[Any, UUID] | None, access: Access | None) -> Select[Any]:
    """The users of a page and one more, each row with the number of all; one row without a user for an empty page."""
    found = union(*(_reachers(question, route, numbers) for route, numbers in question.routes.items()))
    ids = _seen(found.subquery(), access).cte("reachers")
    user, actor = User.__table__.alias(), question.actors.table
    page = (
        select(user.c.id, user.c.email, organization_name(user.c.organization_id).label("organization"))
        .add_columns(actor.c.profile, cursor.encode(_ORDER, user.c.email, user.c.id).label("cursor"))
        .select_from(user.join(ids, ids.c.id == user.c.id).join(actor, actor.c.id == user.c.id))
        .where(true() if place is None else user.c.email > literal(place[0], Text))
        .order_by(user.c.email)
        .limit(first + 1)
        .subquery()
    )
    counted = select(func.count().label("total")).select_from(ids).subquery()
    return select(counted.c.total, page).select_from(counted.outerjoin(page, true())).order_by(page.c.email)


def _seen(found: FromClause, access: Access | None) -> Select[tuple[UUID]]:
    """Those of the users whom `access` shows; None shows all."""
    if access is None:
        return select(found.c.id)
    user = User.__table__.alias()
    joined = select(found.c.id).select_from(found.join(user, user.c.id == found.c.id))
    return joined.where(access.may(VIEW, User, user))


def _reachers(question: _Question, route: Route, numbers: Sequence[int]) -> Select[tuple[UUID]]:
    pair = _pairs(question, route, numbers)
    return select(pair.actor.c.id).select_from(pair.source).where(pair.where)


def _pairs(question: _Question, route: Route, numbers: Sequence[int], *, every: bool = False) -> RouteJoin:
    found = join_route(question.actors, question.policy, route, numbers, question.thing.model, every=every)
    return replace(found, where=and_(found.where, found.row.c.id == literal(question.thing.id, Uuid())))


async def _ways(
    connection: AsyncConnection, question: _Question, users: Mapping[UUID, TraitProfile]
) -> Mapping[UUID, tuple[AccessPath, ...]]:
    """Why each of `users` may."""
    if not users:
        return {}
    ways = list(question.routes)
    parts = [_witnesses(question, number, list(users)) for number in range(len(ways))]
    found: defaultdict[UUID, list[AccessPath]] = defaultdict(list)
    for row in await connection.execute(union_all(*parts).order_by("route", "id")):
        route = ways[row.route]
        needed = required_traits(question.policy, users[row.id].traits, route, question.action, question.thing.model)
        found[row.id].append(AccessPath(route.sources, needed, tuple(row.rows)))
    return {id_: tuple(each) for id_, each in found.items()}


def _witnesses(question: _Question, number: int, ids: list[UUID]) -> Select[Any]:
    """For each user of the page whom the route leads to the thing: the rows that tie them, in words; those first in
    the alphabet where there are several."""
    route, numbers = list(question.routes.items())[number]
    pair = _pairs(question, route, numbers, every=True)
    rows: Any = array([label_row(model, table, pair.actor) for model, table in pair.ties], type_=Text)
    return (
        select(literal(number, Integer).label("route"), pair.actor.c.id, func.min(rows).label("rows"))
        .select_from(pair.source)
        .where(pair.actor.c.id == any_(literal(ids, ARRAY(Uuid()))), pair.where)
        .group_by(pair.actor.c.id)
    )
