"""Why, and why not: the explanation says what the policy decides, and names what ties a user to a thing or lacks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import writing_engine
from app.demo.fixed_ids import named_key
from authz.model.resources import ACTIONS
from models import Base, ContractAccount, Service, User
from resolvers.policy_analysis.explain import Explanation, explain, find_subject
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.transaction.unit_of_work import MutationContext
from tests.support.oracle import Oracle
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import EAST, rules, run
from tests.support.world_loader import insert_world
from tests.support.world_models import State, World, worlds

GRANTED = "grant in account.grants and grant.user_id = actor.id"


async def explained(connection: AsyncConnection, user: Any, action: str, model: type[Base], key: Any) -> Explanation:
    subject = await find_subject(connection, user)
    [thing] = await find_resources(connection, [model], key=key)
    assert subject is not None
    return await explain(connection, rules(), subject, action, thing)


async def of_demo(shared: MutationContext, email: str, action: str, model: type[Base], key: Any) -> Explanation:
    async with shared.engine.connect() as connection:
        return await explained(connection, named_key(email), action, model, key)


async def service(shared: MutationContext, code: str) -> Any:
    async with shared.engine.connect() as connection:
        found = await find_resources(connection, [Service], called=code)
        return next(each.id for each in found if each.organization == "ACME Corporation")


def said(explanation: Explanation, way: int = 0) -> dict[str, tuple[bool, str]]:
    """The conditions of a way: whether each holds, and what stands behind it."""
    return {each.text: (each.holds, each.detail) for each in explanation.ways[way].conditions}


async def test_what_is_allowed_names_the_rows_that_tie(shared: MutationContext) -> None:
    dan = await of_demo(shared, "dan@pear.example", "view", ContractAccount, EAST)
    assert dan.allowed
    assert said(dan)[f"service in account.services and {GRANTED}"] == (True, "service SVC-000004, service SVC-000005")
    pia = await of_demo(shared, "pia@pear.example", "view", Service, await service(shared, "SVC-000001"))
    grants = [each.detail for each in pia.ways[0].conditions if each.text == GRANTED]
    assert (pia.allowed, grants) == (True, ["grant of ACME South", "grant of PEAR Corp"])
    assert all(rule.file == "policies.polar" for rule in pia.ways[0].rules)


async def test_what_is_denied_names_what_is_missing_the_nearest_way_first(shared: MutationContext) -> None:
    sue = await of_demo(shared, "sue@acme.example", "view", Service, await service(shared, "SVC-000004"))
    assert not sue.allowed
    assert [way.missing for way in sue.ways] == sorted(way.missing for way in sue.ways)
    nearest = [each for way in sue.ways if way.missing == 1 for each in way.conditions if not each.holds]
    assert {each.text: each.detail for each in nearest} == {
        "actor.all_contract_accounts": "",
        GRANTED: "no grant of ACME East to sue@acme.example",
    }
    lines = POLICY.read_text().splitlines()
    for each in nearest:
        assert each.text.partition(" and ")[0] in lines[each.source.line - 1]


async def test_a_user_with_wider_access_is_said_to_be_beyond(shared: MutationContext) -> None:
    sam = await of_demo(shared, "sam@acme.example", "update", User, named_key("ben@acme.example"))
    assert not sam.allowed
    assert said(sam)["user.within_reach_of_actor"] == (False, "beyond that: all contract accounts, BILLING_VIEW")
    max_ = await of_demo(shared, "max@globex.example", "view", User, named_key("sue@acme.example"))
    own = "user.organization_id = actor.organization_id"
    assert said(max_)[own] == (False, "sue@acme.example is of ACME Corporation")


async def test_who_is_not_active_may_nothing_whatever_they_were_given(shared: MutationContext) -> None:
    eve = await of_demo(shared, "eve@acme.example", "view", User, named_key("eve@acme.example"))
    assert eve.subject.status == "EXPIRED"
    assert (eve.allowed, eve.ways[0].missing) == (False, 0)


async def test_what_has_ended_is_missing(writing: MutationContext) -> None:
    ended = "UPDATE contract_grants SET ends_at = now() - interval '1 hour' WHERE user_id = :sue"
    await run(writing, ended, sue=named_key("sue@acme.example"))
    sue = await of_demo(writing, "sue@acme.example", "view", Service, await service(writing, "SVC-000001"))
    details = {each.detail for way in sue.ways if way.missing == 1 for each in way.conditions if not each.holds}
    assert (sue.allowed, details) == (False, {"", "no grant of ACME South to sue@acme.example"})
    ada = await of_demo(writing, "ada@acme.example", "update", User, named_key("sue@acme.example"))
    assert ada.allowed


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = writing_engine(database_url)
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds(), data=st.data())
async def test_explanations_agree_with_the_domain(
    connection: AsyncConnection, world: World, data: st.DataObject
) -> None:
    await connection.execute(text("SELECT 1"))
    await insert_world((await connection.get_raw_connection()).driver_connection, world)
    pairs = [
        (model, action.value, each.id)
        for model, actions in ACTIONS.items()
        for action in actions
        for each in world.things[model.__name__]
    ]
    for _ in range(12):
        user = data.draw(st.sampled_from(world.users))
        model, action, key = data.draw(st.sampled_from(pairs))
        found = await explained(connection, user.id, action, model, key)
        may = user.state is State.ACTIVE and key in Oracle(world, user).allowed(model.__name__, action)
        assert found.allowed == may, f"{user} {action} {model.__name__} {key}"
        if not found.allowed and user.state is State.ACTIVE:
            assert all(way.missing for way in found.ways)
    await connection.rollback()
