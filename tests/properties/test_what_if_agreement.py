"""What a user could do with other grants is what they can do once these are stored."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from authz.model.actions import ACTIONS
from models import ContractAccount, DeliveryAccount, Permission
from resolvers.access_preview.what_if import AccessChanges, ImpossibleChange, assume
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.explain import explain
from resolvers.policy_analysis.explained_actor import ExplainedActor, find_client, find_subject
from resolvers.policy_analysis.resource_lookup import Resource, find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from tests.support.depth import examples
from tests.support.resolver_fixtures import rules
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import User, World, example, worlds

pytestmark = pytest.mark.invariant("what_if")

ACCOUNTS = {
    ContractAccount: ("contract_grants", "contract_account_id"),
    DeliveryAccount: ("delivery_grants", "delivery_account_id"),
}


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_write_engine(database_url)
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


def resources(world: World, model: Any, user: User) -> list[Resource]:
    accounts = world.contract_accounts if model is ContractAccount else world.delivery_accounts
    return [
        Resource(model, each.id, each.name, each.organization_id, None)
        for each in accounts
        if each.organization_id == user.organization_id
    ]


def held(user: User, model: Any) -> Any:
    return user.contract_accounts if model is ContractAccount else user.delivery_accounts


@st.composite
def changes(draw: st.DrawFn, world: World, user: User) -> AccessChanges:
    permissions = draw(st.sets(st.sampled_from(Permission), max_size=3))
    accounts = [each for model in ACCOUNTS for each in resources(world, model, user)]
    chosen = draw(st.lists(st.sampled_from(accounts), unique=True, max_size=3)) if accounts else []
    return AccessChanges(
        frozenset(permissions - user.permissions),
        frozenset(permissions & user.permissions),
        tuple(each for each in chosen if each.id not in held(user, each.model)),
        tuple(each for each in chosen if each.id in held(user, each.model)),
    )


async def store(connection: AsyncConnection, user: User, made: AccessChanges) -> None:
    """Make the changes."""
    rows: list[tuple[str, str, Any, bool]] = [
        *(("user_permissions", "permission", each.value, True) for each in made.gained),
        *(("user_permissions", "permission", each.value, False) for each in made.lost),
        *((*ACCOUNTS[each.model], each.id, True) for each in made.granted),
        *((*ACCOUNTS[each.model], each.id, False) for each in made.revoked),
    ]
    for table, column, key, _ in rows:
        values = {"user": user.id, "key": key, "organization": user.organization_id}
        await connection.execute(text(f"DELETE FROM {table} WHERE user_id = :user AND {column} = :key"), values)
    for table, column, key, given_ in rows:
        if given_:
            insert = f"INSERT INTO {table} (user_id, {column}, organization_id) VALUES (:user, :key, :organization)"
            await connection.execute(text(insert), {"user": user.id, "key": key, "organization": user.organization_id})


async def may(connection: AsyncConnection, actor: ExplainedActor, models: set[Any], assumed: Assumption) -> Any:
    """All that the actor may do with rows of these types: counts, and actions by resource."""
    requested = [each for each in requested_actions(None, None) if each[0] in models]
    page = await what_can(connection, rules(), actor.actor, requested, first=10_000, assumed=assumed)
    things = {(entry.resource.model, entry.resource.id): entry.actions for entry in page.resources}
    return page.counts, things


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_what_if_agrees_with_what_is_once_it_is_stored(
    connection: AsyncConnection, world: World, data: st.DataObject
) -> None:
    await connection.execute(text("SELECT 1"))
    try:
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        user = data.draw(st.sampled_from([user for user in world.users if not user.staff]))
        found = await find_subject(connection, user.id)
        client = data.draw(st.sampled_from([None, *(each for each in world.clients if each.owner_id == user.id)]))
        if client is not None:
            found = await find_client(connection, client.id)
        assert found is not None
        made = data.draw(changes(world, user))
        after, assumed = await assume(connection, found, made)
        models = {ContractAccount, *data.draw(st.lists(st.sampled_from(list(ACTIONS)), min_size=2, max_size=3))}
        expected = await may(connection, after, models, assumed)
        things = [(model, row.id) for model in ACTIONS for row in world.things[model.__name__]]
        model, key = data.draw(st.sampled_from(things))
        [resource] = await find_resources(connection, [model], key=key)
        action = data.draw(st.sampled_from([action.value for action in ACTIONS[model]]))
        why = await explain(connection, rules(), after, action, resource, assumed=assumed)

        await store(connection, user, made)
        stored = await (find_client(connection, client.id) if client else find_subject(connection, user.id))
        assert stored is not None
        assert stored.actor.traits == after.actor.traits
        assert await may(connection, stored, models, NOTHING) == expected
        now = await explain(connection, rules(), stored, action, resource)
        assert (now.allowed, now.derivations) == (why.allowed, why.derivations)
    finally:
        await connection.rollback()


async def test_a_change_that_changes_nothing_is_refused(connection: AsyncConnection) -> None:
    world = example()
    try:
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        ada = await find_subject(connection, world.user("ada@acme.example").id)
        staff = await find_subject(connection, world.user("staff@portico.example").id)
        assert ada is not None
        assert staff is not None
        [account, *_] = resources(world, ContractAccount, world.user("ada@acme.example"))
        for actor, made, message in (
            (ada, AccessChanges(gained=frozenset({Permission.BILLING_VIEW})), "BILLING_VIEW is granted already."),
            (ada, AccessChanges(revoked=(account,)), "ACME South is not granted, so it can't be taken away."),
            (
                staff,
                AccessChanges(gained=frozenset({Permission.BILLING_VIEW})),
                "is staff, to whom nothing is granted.",
            ),
        ):
            with pytest.raises(ImpossibleChange, match=message):
                await assume(connection, actor, made)
    finally:
        await connection.rollback()
