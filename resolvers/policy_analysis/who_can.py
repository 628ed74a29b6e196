"""Lists the users who may perform an action on a resource, with the paths that allow it: two statements for each page.

    SELECT … FROM users WHERE id IN (SELECT actor.id FROM actors, services r, contract_grants g WHERE <route 1>
                                     UNION SELECT actor.id FROM actors, services r WHERE <route 2> …)
    ORDER BY email LIMIT …

The routes are the policy's (`authz/routes.py`); the second statement finds, for each of them, the rows that link the
users of the page to the resource. What takes long to build is kept (`resolvers/policy_analysis/question_cache.py`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.language.ast import Source
from authz.policy import Policy
from authz.recording import DecisionRequest, RecordingAccess
from authz.routes import traits_by_route
from resolvers.fair_queue import SERVER, Flow
from resolvers.policy_analysis.actor_table import TraitProfile, UserGroup, actor_parameters, load_profiles
from resolvers.policy_analysis.question_cache import QUESTIONS
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.policy_analysis.subject_statements import ORDER, SubjectRoutes, SubjectStatements, subject_routes
from resolvers.prepared_statement import PreparedStatement
from resolvers.query import cursor


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


async def who_can(
    connection: AsyncConnection,
    policy: Policy,
    action: str,
    resource: Resource,
    *,
    first: int,
    after: str | None = None,
    viewer: tuple[Actor, Access] | None = None,
    flow: Flow = SERVER,
) -> SubjectPage:
    """Returns the `first` users, by email, who may perform `action` on `resource`, after the cursor `after`.

    With `viewer`, returns only users visible to them. `flow` is on whose behalf statements are built. Raises ValueError
    for a malformed cursor or an unknown action, and QueueFull.
    """
    position = None if after is None else cursor.decode(after, ORDER, Text())
    question = await _prepare(connection, policy, action, resource, flow)
    if not question.routes.routes:
        return SubjectPage(0, (), None)
    statement = await question.page(viewer[1] if viewer else None, continued=position is not None)
    parameters = {"rows": first + 1, "after_email": position[0] if position else None}
    identity = viewer[0].identity if viewer else {}
    rows = (await statement.execute_on(connection, {**identity, **question.parameters, **parameters})).all()
    users = [row for row in rows[:first] if row.id is not None]
    paths = await _paths(connection, question, {row.id: question.profiles[row.profile] for row in users})
    return SubjectPage(
        rows[0].total,
        tuple(
            Subject(row.id, row.email, question.profiles[row.profile].group, row.organization, paths.get(row.id, ()))
            for row in users
        ),
        users[-1].cursor if len(rows) > first else None,
    )


@dataclass(frozen=True, slots=True)
class _Question:
    policy: Policy
    action: str
    profiles: Mapping[int, TraitProfile]
    routes: SubjectRoutes
    organization: UUID | None
    parameters: Mapping[str, Any]
    flow: Flow

    async def page(self, access: Access | None, *, continued: bool) -> PreparedStatement:
        """The statement that finds the users of a page."""
        key = *self._key("page"), continued, None if access is None else access.traits
        build = partial(_page_statement, self._statements(), access, continued)
        statement, recorded = await QUESTIONS.get(key, build, self.flow)
        if isinstance(access, RecordingAccess):
            access.recorded.update(recorded)
        return statement

    async def paths(self) -> PreparedStatement:
        """The statement that finds the rows which link the users of a page to the resource."""
        return await QUESTIONS.get(self._key("paths"), partial(_paths_statement, self._statements()), self.flow)

    def _key(self, name: str) -> tuple[Any, ...]:
        return name, self.policy.version, self.routes.shape, self.organization is None

    def _statements(self) -> SubjectStatements:
        return SubjectStatements(self.policy, self.routes, self.organization)


def _page_statement(
    statements: SubjectStatements, access: Access | None, continued: bool
) -> tuple[tuple[PreparedStatement, frozenset[DecisionRequest]], int]:
    recording = None if access is None else RecordingAccess(access.policy, access.traits)
    statement = PreparedStatement(statements.page(recording, continued=continued))
    return (statement, frozenset(recording.recorded if recording else ())), len(statement.sql)


def _paths_statement(statements: SubjectStatements) -> tuple[PreparedStatement, int]:
    statement = PreparedStatement(statements.paths())
    return statement, len(statement.sql)


async def _prepare(
    connection: AsyncConnection, policy: Policy, action: str, resource: Resource, flow: Flow
) -> _Question:
    """Finds the routes to the resource: of the users of its organization and of staff. Nobody else gets across the
    border of an organization, whatever the policy says; and to what is of none, only staff do."""
    model, organization = resource.model, resource.organization_id
    profiles = {profile.number: profile for profile in await load_profiles(connection, organization)}
    able = [each for each in profiles.values() if organization is not None or each.group is UserGroup.STAFF]
    key = "routes", policy.version, action, model, tuple((profile.number, profile.key) for profile in able)
    routes = await QUESTIONS.get(key, partial(subject_routes, policy, able, action, model), flow)
    parameters = {
        **actor_parameters(list(profiles.values()), [policy], organization),
        **routes.parameters,
        "resource_id": resource.id,
    }
    return _Question(policy, action, profiles, routes, organization, parameters, flow)


async def _paths(
    connection: AsyncConnection, question: _Question, users: Mapping[UUID, TraitProfile]
) -> Mapping[UUID, tuple[AccessPath, ...]]:
    """Returns the paths by which each of `users` may."""
    if not users:
        return {}
    statement = await question.paths()
    parameters = {**question.parameters, "page_ids": list(users)}
    rows: defaultdict[UUID, dict[int, tuple[str, ...]]] = defaultdict(dict)
    for row in await statement.execute_on(connection, parameters):
        rows[row.id][row.part] = tuple(row.rows)
    return await QUESTIONS.run(partial(_described, question, users, rows), question.flow)


def _described(
    question: _Question, users: Mapping[UUID, TraitProfile], rows: Mapping[UUID, Mapping[int, tuple[str, ...]]]
) -> Mapping[UUID, tuple[AccessPath, ...]]:
    routes, paths = question.routes, {}
    for id_, profile in users.items():
        required = traits_by_route(question.policy, profile.traits, question.action, routes.model)
        paths[id_] = tuple(
            AccessPath(route.sources, tuple(map(str, required[route])), rows[id_][part])
            for route, part in routes.part_of.items()
            if route in required and part in rows[id_]
        )
    return paths
