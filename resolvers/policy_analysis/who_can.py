"""Lists the users who may perform an action on a resource, with the paths that allow it: two statements for each page.

    SELECT … FROM users WHERE id IN (SELECT actor.id FROM actors, services r, contract_grants g WHERE <route 1>
                                     UNION SELECT actor.id FROM actors, services r WHERE <route 2> …)
    ORDER BY email LIMIT …

The routes are the policy's (`authz/routes.py`); the second statement finds, for each of them, the rows that link the
users of the page to the resource.
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
from authz.language.ast import Source
from authz.model.actions import VIEW
from authz.policy import Policy
from authz.routes import Route, required_traits
from models import User
from resolvers.policy_analysis.actor_table import (
    ActorTable,
    TraitProfile,
    UserGroup,
    actor_table,
    group_by_route,
    load_profiles,
)
from resolvers.policy_analysis.resource_lookup import Resource, organization_name
from resolvers.policy_analysis.route_joins import RouteJoin, join_route
from resolvers.policy_analysis.row_labels import label_row
from resolvers.query import cursor

_ORDER = "email"


@dataclass(frozen=True, slots=True)
class AccessPath:
    """Why a user may: the rules of the policy, outermost first, and labels of the traits that they require and of
    the rows that link the user to the resource."""

    rules: tuple[Source, ...]
    traits: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A user who may perform the action. `organization` is None for staff."""

    id: UUID
    email: str
    group: UserGroup
    organization: str | None
    paths: tuple[AccessPath, ...]


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """A page of subjects, the total number, and the cursor of the next page if there is one."""

    total: int
    subjects: tuple[Subject, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class _SubjectsStatement:
    policy: Policy
    action: str
    resource: Resource
    profiles: Mapping[int, TraitProfile]
    actors: ActorTable
    routes: Mapping[Route, list[int]]


async def who_can(
    connection: AsyncConnection,
    policy: Policy,
    action: str,
    resource: Resource,
    *,
    first: int,
    after: str | None = None,
    viewer: tuple[Actor, Access] | None = None,
) -> SubjectPage:
    """Returns the `first` users, by email, who may perform `action` on `resource`, after the cursor `after`.

    With `viewer`, returns only users visible to them. Raises ValueError for a malformed cursor or an unknown action.
    """
    position = None if after is None else cursor.decode(after, _ORDER, Text())
    statement = await _prepare(connection, policy, action, resource)
    if not statement.routes:
        return SubjectPage(0, (), None)
    page = _page(statement, first, position, viewer[1] if viewer else None)
    rows = (await connection.execute(page, viewer[0].identity if viewer else {})).all()
    users = [row for row in rows[:first] if row.id is not None]
    paths = await _paths(connection, statement, {row.id: statement.profiles[row.profile] for row in users})
    return SubjectPage(
        rows[0].total,
        tuple(
            Subject(row.id, row.email, statement.profiles[row.profile].group, row.organization, paths[row.id])
            for row in users
        ),
        users[-1].cursor if len(rows) > first else None,
    )


async def _prepare(connection: AsyncConnection, policy: Policy, action: str, resource: Resource) -> _SubjectsStatement:
    """Finds the routes to the resource.

    Loads only users of its own organization and staff, unless a route leads others to it.
    """
    model = resource.model
    for organization in (resource.organization_id, None):
        profiles = {profile.number: profile for profile in await load_profiles(connection, organization)}
        routes = group_by_route(policy, profiles.values(), action, model)
        staff = {number for number, profile in profiles.items() if profile.group is UserGroup.STAFF}
        if all(route.confined(model) or staff.issuperset(numbers) for route, numbers in routes.items()):
            break
    return _SubjectsStatement(
        policy, action, resource, profiles, actor_table(list(profiles.values()), [policy], organization), routes
    )


def _page(
    statement: _SubjectsStatement, first: int, position: tuple[Any, UUID] | None, access: Access | None
) -> Select[Any]:
    """Selects the users of a page and one more, each with the total; an empty page is one row without a user."""
    subjects = union(*(_subject_ids(statement, route, numbers) for route, numbers in statement.routes.items()))
    ids = _visible(subjects.subquery(), access).cte("subjects")
    user, actor = User.__table__.alias(), statement.actors.table
    page = (
        select(user.c.id, user.c.email, organization_name(user.c.organization_id).label("organization"))
        .add_columns(actor.c.profile, cursor.encode(_ORDER, user.c.email, user.c.id).label("cursor"))
        .select_from(user.join(ids, ids.c.id == user.c.id).join(actor, actor.c.id == user.c.id))
        .where(true() if position is None else user.c.email > literal(position[0], Text))
        .order_by(user.c.email)
        .limit(first + 1)
        .subquery()
    )
    counted = select(func.count().label("total")).select_from(ids).subquery()
    return select(counted.c.total, page).select_from(counted.outerjoin(page, true())).order_by(page.c.email)


def _visible(subjects: FromClause, access: Access | None) -> Select[tuple[UUID]]:
    """Selects the users that are visible to `access`; None shows all."""
    if access is None:
        return select(subjects.c.id)
    user = User.__table__.alias()
    visible = select(subjects.c.id).select_from(subjects.join(user, user.c.id == subjects.c.id))
    return visible.where(access.may(VIEW, User, user))


def _subject_ids(statement: _SubjectsStatement, route: Route, numbers: Sequence[int]) -> Select[tuple[UUID]]:
    pair = _pairs(statement, route, numbers)
    return select(pair.actor.c.id).select_from(pair.source).where(pair.where)


def _pairs(statement: _SubjectsStatement, route: Route, numbers: Sequence[int], *, join_all: bool = False) -> RouteJoin:
    pairs = join_route(statement.actors, statement.policy, route, numbers, statement.resource.model, join_all=join_all)
    return replace(pairs, where=and_(pairs.where, pairs.row.c.id == literal(statement.resource.id, Uuid())))


async def _paths(
    connection: AsyncConnection, statement: _SubjectsStatement, users: Mapping[UUID, TraitProfile]
) -> Mapping[UUID, tuple[AccessPath, ...]]:
    """Returns the paths by which each of `users` may."""
    if not users:
        return {}
    routes = list(statement.routes)
    parts = [_row_labels(statement, number, list(users)) for number in range(len(routes))]
    paths: defaultdict[UUID, list[AccessPath]] = defaultdict(list)
    for row in await connection.execute(union_all(*parts).order_by("route", "id")):
        route = routes[row.route]
        traits = required_traits(
            statement.policy, users[row.id].traits, route, statement.action, statement.resource.model
        )
        paths[row.id].append(AccessPath(route.sources, traits, tuple(row.rows)))
    return {id_: tuple(user_paths) for id_, user_paths in paths.items()}


def _row_labels(statement: _SubjectsStatement, number: int, ids: list[UUID]) -> Select[Any]:
    """Selects the labels of the rows that link each user of the page to the resource by this route.

    If there are several, selects the first in alphabetical order.
    """
    route, numbers = list(statement.routes.items())[number]
    pair = _pairs(statement, route, numbers, join_all=True)
    rows: Any = array([label_row(model, table, pair.actor) for model, table in pair.ties], type_=Text)
    return (
        select(literal(number, Integer).label("route"), pair.actor.c.id, func.min(rows).label("rows"))
        .select_from(pair.source)
        .where(pair.actor.c.id == any_(literal(ids, ARRAY(Uuid()))), pair.where)
        .group_by(pair.actor.c.id)
    )
