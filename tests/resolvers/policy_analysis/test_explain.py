"""Explanations agree with the policy's decisions, and name the rows that link a user to a resource or are missing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from app.demo.fixed_ids import named_key
from authz.model.actions import ACTIONS
from models import Base, ContractAccount, Service, User
from resolvers.policy_analysis.explain import Explanation, explain
from resolvers.policy_analysis.explained_actor import find_subject
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.transaction.context import MutationContext
from tests.support.depth import examples
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import EAST, rules, run
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import State, World, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("access_queries")

GRANTED = "grant in account.grants and grant.user_id = actor.id"


async def explained(connection: AsyncConnection, user: Any, action: str, model: type[Base], key: Any) -> Explanation:
    subject = await find_subject(connection, user)
    [resource] = await find_resources(connection, [model], key=key)
    assert subject is not None
    return await explain(connection, rules(), subject, action, resource)


async def of_demo(shared: MutationContext, email: str, action: str, model: type[Base], key: Any) -> Explanation:
    async with shared.engine.connect() as connection:
        return await explained(connection, named_key(email), action, model, key)


async def service(shared: MutationContext, code: str) -> Any:
    async with shared.engine.connect() as connection:
        services = await find_resources(connection, [Service], name=code)
        return next(resource.id for resource in services if resource.organization == "ACME Corporation")


def conditions(explanation: Explanation, number: int = 0) -> dict[str, tuple[bool, str]]:
    """Returns the conditions of a derivation: whether each holds, and its detail."""
    return {
        condition.text: (condition.holds, condition.detail) for condition in explanation.derivations[number].conditions
    }


async def test_an_allowed_action_names_the_linking_rows(shared: MutationContext) -> None:
    dan = await of_demo(shared, "dan@pear.example", "view", ContractAccount, EAST)
    assert dan.allowed
    assert conditions(dan)[f"service in account.services and {GRANTED}"] == (
        True,
        "service SVC-000004, service SVC-000005",
    )
    pia = await of_demo(shared, "pia@pear.example", "view", Service, await service(shared, "SVC-000001"))
    grants = [condition.detail for condition in pia.derivations[0].conditions if condition.text == GRANTED]
    assert (pia.allowed, grants) == (True, ["grant of ACME South", "grant of PEAR Corp"])
    assert all(rule.file == "policies.polar" for rule in pia.derivations[0].rules)


async def test_a_denied_action_names_what_is_missing_closest_first(shared: MutationContext) -> None:
    sue = await of_demo(shared, "sue@acme.example", "view", Service, await service(shared, "SVC-000004"))
    assert not sue.allowed
    assert [derivation.missing for derivation in sue.derivations] == sorted(
        derivation.missing for derivation in sue.derivations
    )
    nearest = [
        condition
        for derivation in sue.derivations
        if derivation.missing == 1
        for condition in derivation.conditions
        if not condition.holds
    ]
    assert {condition.text: condition.detail for condition in nearest} == {
        "actor.all_contract_accounts": "",
        GRANTED: "no grant of ACME East to sue@acme.example",
    }
    lines = POLICY.read_text().splitlines()
    for condition in nearest:
        assert condition.text.partition(" and ")[0] in lines[condition.source.line - 1]


async def test_excess_privileges_are_named(shared: MutationContext) -> None:
    sam = await of_demo(shared, "sam@acme.example", "update", User, named_key("ben@acme.example"))
    assert not sam.allowed
    assert conditions(sam)["user.within_reach_of_actor"] == (False, "beyond that: all contract accounts, BILLING_VIEW")
    max_ = await of_demo(shared, "max@globex.example", "view", User, named_key("sue@acme.example"))
    own = "user.organization_id = actor.organization_id"
    assert conditions(max_)[own] == (False, "sue@acme.example is of ACME Corporation")


async def test_an_inactive_user_may_do_nothing(shared: MutationContext) -> None:
    eve = await of_demo(shared, "eve@acme.example", "view", User, named_key("eve@acme.example"))
    assert eve.subject.status == "EXPIRED"
    assert (eve.allowed, eve.derivations[0].missing) == (False, 0)


async def test_an_expired_grant_is_missing(writing: MutationContext) -> None:
    expire = "UPDATE contract_grants SET ends_at = now() - interval '1 hour' WHERE user_id = :sue"
    await run(writing, expire, sue=named_key("sue@acme.example"))
    sue = await of_demo(writing, "sue@acme.example", "view", Service, await service(writing, "SVC-000001"))
    details = {
        condition.detail
        for derivation in sue.derivations
        if derivation.missing == 1
        for condition in derivation.conditions
        if not condition.holds
    }
    assert (sue.allowed, details) == (False, {"", "no grant of ACME South to sue@acme.example"})
    ada = await of_demo(writing, "ada@acme.example", "update", User, named_key("sue@acme.example"))
    assert ada.allowed


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_write_engine(database_url)
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


@settings(
    max_examples=examples(5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_explanations_agree_with_the_domain(
    connection: AsyncConnection, world: World, data: st.DataObject
) -> None:
    await connection.execute(text("SELECT 1"))
    try:
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        pairs = [
            (model, action.value, resource.id)
            for model, actions in ACTIONS.items()
            for action in actions
            for resource in world.things[model.__name__]
        ]
        for _ in range(12):
            user = data.draw(st.sampled_from(world.users))
            model, action, key = data.draw(st.sampled_from(pairs))
            explanation = await explained(connection, user.id, action, model, key)
            may = user.state is State.ACTIVE and key in Oracle(world, user).allowed(model.__name__, action)
            assert explanation.allowed == may, f"{user} {action} {model.__name__} {key}"
            if not explanation.allowed and user.state is State.ACTIVE:
                assert all(derivation.missing for derivation in explanation.derivations)
    finally:
        await connection.rollback()


async def test_an_expired_grant_is_not_counted(shared: MutationContext) -> None:
    """Otherwise an explanation tells of what has been over for long, and differs from that of an assumed access."""
    async with shared.engine.connect() as connection:
        await connection.execute(text("UPDATE contract_grants SET ends_at = now() - interval '1 day'"))
        sam = named_key("sam@acme.example")
        after = await explained(connection, sam, "update", User, sam)
        await connection.rollback()
    details = [detail for number in range(len(after.derivations)) for _, detail in conditions(after, number).values()]
    assert "it has no contract grants" in details
    assert not [detail for detail in details if re.fullmatch(r"none of its \d+ contract grants matches", detail)]
