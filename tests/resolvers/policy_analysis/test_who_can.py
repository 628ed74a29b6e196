"""Who-can and what-can agree with each other and with the domain page, for every action, in random worlds."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_inspection_engine
from authz.model.actions import ACTIONS
from authz.model.resources import TYPES
from authz.policy import Policy
from models import ContractAccount, Service, User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.actor_table import UserGroup
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from resolvers.policy_analysis.who_can import SubjectPage, who_can
from tests.support.depth import examples
from tests.support.paths import POLICY
from tests.support.policies.small_policies import CAPABILITY_RULES
from tests.support.worlds.loader import empty, insert_world
from tests.support.worlds.models import State, World, example, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("access_queries")

Cell = tuple[str, UUID, UUID]
SHIPPED = Policy(POLICY.read_text(), POLICY.name)
NOTHING = Policy(
    f'allow(_: Staff, "view", user: User) if user.removed and user.present;\n{CAPABILITY_RULES}', "nothing.polar"
)


@pytest.fixture
async def engine(database_url: str) -> Any:
    opened = create_inspection_engine(database_url)
    yield opened
    await opened.dispose()


async def fill(url: str, world: World) -> None:
    connection = await asyncpg.connect(url)
    try:
        await empty(connection)
        await insert_world(connection, world)
    finally:
        await connection.close()


def expected(world: World) -> set[Cell]:
    """The decision by the domain page. An inactive user can't sign in and may do nothing."""
    return {
        (f"{model.__name__}.{action.value}", user.id, resource_id)
        for user in world.users
        if user.state is State.ACTIVE
        for model, actions in ACTIONS.items()
        for action in actions
        for resource_id in Oracle(world, user).allowed(model.__name__, action.value)
    }


async def by_diff(connection: AsyncConnection) -> set[Cell]:
    """Every user who may do anything: the gains against a policy without rules."""
    prepared = await policy_diff.prepare(connection, NOTHING, SHIPPED)
    cells: set[Cell] = set()
    for action in prepared.actions:
        name = f"{action.model.__name__}.{action.action}"
        changes = [change async for change in policy_diff.list_changes(connection, prepared, action, None)]
        cells |= {
            (name, change.actor_id, change.resource_id)
            for change in changes
            if change.client is None and change.resource_id is not None
        }
        counts = await policy_diff.count_changes(connection, prepared, action)
        assert len(changes) == sum(change.pairs for change in counts)
    return cells


async def check_who_can(connection: AsyncConnection, wanted: set[Cell], cell: Cell) -> None:
    """Asserts that who-can finds exactly the users of the cell, each with a path."""
    name, _, action = cell[0].partition(".")
    (resource,) = await find_resources(connection, [TYPES[name]], key=cell[2])
    page = await who_can(connection, SHIPPED, action, resource, first=1000)
    assert {subject.id for subject in page.subjects} == {
        user for action_name, user, key in wanted if (action_name, key) == (cell[0], cell[2])
    }
    assert page.total == len(page.subjects)
    assert page.next is None
    assert all(subject.paths for subject in page.subjects)


async def by_users(connection: AsyncConnection, world: World) -> set[Cell]:
    """Returns the result of what-can for every user."""
    cells: set[Cell] = set()
    for user in world.users:
        actor = await load_user_as_actor(connection, user.id)
        if actor is None:
            continue
        page = await what_can(connection, SHIPPED, actor, requested_actions(None, None), first=1000)
        counted: defaultdict[str, int] = defaultdict(int)
        for accessible in page.resources:
            for action in accessible.actions:
                cells.add((f"{accessible.resource.model.__name__}.{action}", user.id, accessible.resource.id))
                counted[f"{accessible.resource.model.__name__}.{action}"] += 1
        assert {
            f"{count.model.__name__}.{count.action}": count.resources for count in page.counts if count.resources
        } == counted
    return cells


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_who_can_is_what_can_is_the_domain_page(database_url: str, world: World, data: st.DataObject) -> None:
    await fill(database_url, world)
    engine = create_inspection_engine(database_url)
    try:
        async with engine.connect() as connection:
            wanted = expected(world)
            assert await by_diff(connection) == wanted
            assert await by_users(connection, world) == wanted
            for _ in range(4):
                await check_who_can(connection, wanted, data.draw(st.sampled_from(sorted(wanted))))
    finally:
        await engine.dispose()


async def subjects_of(engine: Any, action: str, name: str, model: Any, **page: Any) -> SubjectPage:
    async with engine.connect() as connection:
        resources = await find_resources(connection, [model], name=name)
        return await who_can(connection, SHIPPED, action, resources[0], **page)


def rows_of_paths(page: SubjectPage, email: str) -> list[tuple[str, ...]]:
    return [path.rows for subject in page.subjects if subject.email == email for path in subject.paths]


async def test_paths_name_rules_traits_and_rows(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    page = await subjects_of(engine, "view", "ACME East", ContractAccount, first=10)
    assert rows_of_paths(page, "noc@pear.example") == [("grant of ACME East",)]
    assert rows_of_paths(page, "dan@pear.example") == [("service SVC-000004", "grant of PEAR Corp")]
    assert rows_of_paths(page, "ada@acme.example") == [()]
    (ada,) = (subject for subject in page.subjects if subject.email == "ada@acme.example")
    assert ada.paths[0].traits == ("audience ORGANIZATION", "all contract accounts", "permission SITES_SERVICES_VIEW")
    assert ada.group is UserGroup.ORGANIZATION_ADMIN
    line = POLICY.read_text().splitlines()[ada.paths[0].rules[0].line - 1]
    assert line == 'allow(actor: Member, "view", account: ContractAccount) if'
    (staff,) = (subject for subject in page.subjects if subject.group is UserGroup.STAFF)
    assert [path.traits for path in staff.paths] == [("staff",)]


async def test_a_grant_of_another_user_names_them(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    page = await subjects_of(engine, "update", "pia@pear.example", User, first=10)
    assert ("grant of ACME South to pia@pear.example", "grant of ACME South") in rows_of_paths(page, "sam@acme.example")


async def test_pages_are_consecutive_and_complete(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    emails, after = [], None
    while True:
        page = await subjects_of(engine, "view", "SVC-000001", Service, first=2, after=after)
        emails += [subject.email for subject in page.subjects]
        assert page.total == 7
        if (after := page.next) is None:
            break
    whole = await subjects_of(engine, "view", "SVC-000001", Service, first=100)
    assert emails == sorted(subject.email for subject in whole.subjects)
    assert len(emails) == 7


async def test_a_page_after_the_last_is_empty(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    page = await subjects_of(engine, "view", "SVC-000001", Service, first=6)
    last = await subjects_of(engine, "view", "SVC-000001", Service, first=6, after=page.next)
    assert (len(last.subjects), last.total, last.next) == (1, 7, None)
