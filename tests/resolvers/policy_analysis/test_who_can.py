"""Who-can and what-can agree with each other and with the domain page, for every action, in random worlds."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import inspecting_engine
from authz.model.resources import ACTIONS, TYPES
from authz.policy import Policy
from models import ContractAccount, Service, User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.actor_table import UserGroup
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from resolvers.policy_analysis.who_can import SubjectPage, who_can
from tests.support.oracle import Oracle
from tests.support.paths import POLICY
from tests.support.policies import QUESTIONS
from tests.support.world_loader import empty, insert_world
from tests.support.world_models import State, World, example, worlds

Cell = tuple[str, UUID, UUID]
SHIPPED = Policy(POLICY.read_text(), POLICY.name)
NOTHING = Policy(f'allow(_: Staff, "view", user: User) if user.removed and user.present;\n{QUESTIONS}', "nothing.polar")


@pytest.fixture
async def engine(database_url: str) -> Any:
    opened = inspecting_engine(database_url)
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
    """By the domain page; who is not active can't sign in, and may nothing."""
    return {
        (f"{model.__name__}.{action.value}", user.id, thing)
        for user in world.users
        if user.state is State.ACTIVE
        for model, actions in ACTIONS.items()
        for action in actions
        for thing in Oracle(world, user).allowed(model.__name__, action.value)
    }


async def at_once(connection: AsyncConnection) -> set[Cell]:
    """Every user who may do anything: what is gained where before there were no rules at all."""
    prepared = await policy_diff.prepare(connection, NOTHING, SHIPPED)
    cells: set[Cell] = set()
    for one in prepared.changed:
        what = f"{one.model.__name__}.{one.action}"
        found = [each async for each in policy_diff.listed(connection, prepared, one, None)]
        cells |= {(what, each.actor_id, each.thing_id) for each in found if each.client is None}
        counted = await policy_diff.count(connection, prepared, one)
        assert len(found) == sum(each.pairs for each in counted)
    return cells


async def check_who_can(connection: AsyncConnection, wanted: set[Cell], cell: Cell) -> None:
    """That who-can finds everybody with the same answer as in `cell`, and for each a way."""
    name, _, action = cell[0].partition(".")
    (thing,) = await find_resources(connection, [TYPES[name]], key=cell[2])
    found = await who_can(connection, SHIPPED, action, thing, first=1000)
    assert {one.id for one in found.subjects} == {
        user for what, user, key in wanted if (what, key) == (cell[0], cell[2])
    }
    assert found.total == len(found.subjects)
    assert found.next is None
    assert all(one.ways for one in found.subjects)


async def by_users(connection: AsyncConnection, world: World) -> set[Cell]:
    """What they can, asked of every user."""
    cells: set[Cell] = set()
    for user in world.users:
        actor = await load_user_as_actor(connection, user.id)
        if actor is None:
            continue
        found = await what_can(connection, SHIPPED, actor, requested_actions(None, None), first=1000)
        counted: defaultdict[str, int] = defaultdict(int)
        for one in found.resources:
            for action in one.actions:
                cells.add((f"{one.resource.model.__name__}.{action}", user.id, one.resource.id))
                counted[f"{one.resource.model.__name__}.{action}"] += 1
        assert {
            f"{each.model.__name__}.{each.action}": each.resources for each in found.counts if each.resources
        } == counted
    return cells


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds(), data=st.data())
async def test_who_can_is_what_can_is_the_domain_page(database_url: str, world: World, data: st.DataObject) -> None:
    await fill(database_url, world)
    engine = inspecting_engine(database_url)
    try:
        async with engine.connect() as connection:
            wanted = expected(world)
            assert await at_once(connection) == wanted
            assert await by_users(connection, world) == wanted
            for _ in range(4):
                await check_who_can(connection, wanted, data.draw(st.sampled_from(sorted(wanted))))
    finally:
        await engine.dispose()


async def asked(engine: Any, action: str, called: str, model: Any, **page: Any) -> SubjectPage:
    async with engine.connect() as connection:
        things = await find_resources(connection, [model], called=called)
        return await who_can(connection, SHIPPED, action, things[0], **page)


def ways(found: SubjectPage, email: str) -> list[tuple[str, ...]]:
    return [way.rows for one in found.subjects if one.email == email for way in one.ways]


async def test_it_says_through_what(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    found = await asked(engine, "view", "ACME East", ContractAccount, first=10)
    assert ways(found, "noc@pear.example") == [("grant of ACME East",)]
    assert ways(found, "dan@pear.example") == [("service SVC-000004", "grant of PEAR Corp")]
    assert ways(found, "ada@acme.example") == [()]
    (ada,) = (one for one in found.subjects if one.email == "ada@acme.example")
    assert ada.ways[0].traits == ("audience ORGANIZATION", "all contract accounts", "permission SITES_SERVICES_VIEW")
    assert ada.group is UserGroup.ORGANIZATION_ADMIN
    line = POLICY.read_text().splitlines()[ada.ways[0].rules[0].line - 1]
    assert line == 'allow(actor: Member, "view", account: ContractAccount) if'
    (staff,) = (one for one in found.subjects if one.group is UserGroup.STAFF)
    assert [way.traits for way in staff.ways] == [("staff",)]


async def test_whose_grant_it_is_stands_with_it(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    found = await asked(engine, "update", "pia@pear.example", User, first=10)
    assert ("grant of ACME South to pia@pear.example", "grant of ACME South") in ways(found, "sam@acme.example")


async def test_pages_follow_each_other_and_leave_nobody_out(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    emails, after = [], None
    while True:
        page = await asked(engine, "view", "SVC-000001", Service, first=2, after=after)
        emails += [one.email for one in page.subjects]
        assert page.total == 7
        if (after := page.next) is None:
            break
    everybody = await asked(engine, "view", "SVC-000001", Service, first=100)
    assert emails == sorted(one.email for one in everybody.subjects)
    assert len(emails) == 7


async def test_a_page_behind_the_last_is_empty(database_url: str, engine: Any) -> None:
    await fill(database_url, example())
    page = await asked(engine, "view", "SVC-000001", Service, first=6)
    last = await asked(engine, "view", "SVC-000001", Service, first=6, after=page.next)
    assert (len(last.subjects), last.total, last.next) == (1, 7, None)
