"""A limited admin reads a user with wider access: they get part of the user, never an error, and can't change them.

Uses random worlds; the oracle decides which users have wider access.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.depth import THOROUGH, examples
from tests.support.resolver_fixtures import SECRET_KEY, rules
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, EVERY, State, User, World, worlds
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.planner_fixtures import id_of, read

CARD = """query ($id: ID!) { node(id: $id) { ... on User {
  viewerCan contractAccounts(first: 100) { nodes { id } } deliveryAccounts(first: 100) { nodes { id } }
} } }"""
CHANGES: dict[str, Callable[[UnitOfWork, UUID], Awaitable[UUID]]] = {
    "update": lambda work, user_id: update_user(work, user_id, UserChange(1, {"last_name": "Changed"})),
    "resend_activation": resend_activation,
    "remove": remove_user,
    "restore": restore_user,
}


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[MutationContext]:
    engine = create_write_engine(database_url)
    yield MutationContext(engine, rules(), SECRET_KEY)
    await engine.dispose()


@pytest_asyncio.fixture
async def encounters() -> AsyncIterator[Counter[str]]:
    """How many users the admins encountered: worlds without wider users would prove nothing."""
    counts: Counter[str] = Counter()
    yield counts
    assert not THOROUGH or (counts["wider"] and counts["unseen"])


async def outcome(connection: AsyncConnection, writing: MutationContext, admin: UUID, change: Any) -> list[str]:
    """The error codes that the admin gets for a change, which is rolled back."""
    actor = await load_user_as_actor(connection, admin)
    savepoint = await connection.begin_nested()
    try:
        await change(UnitOfWork(connection, writing, Caller(actor)))
    except MutationRejected as rejected:
        return [problem.code.value for problem in rejected.problems]
    finally:
        await savepoint.rollback()
    return []


async def check_unchangeable(
    connection: AsyncConnection, writing: MutationContext, oracle: Oracle, user: User, encounters: Counter[str]
) -> None:
    """Checks what the admin reads of a user that they must not change, and the result of every change."""
    visible, driver = oracle.view_user(user), (await connection.get_raw_connection()).driver_connection
    card = (await read(driver, oracle.actor, CARD, {"id": id_of("User", user.id)}))["node"]
    assert (card is not None) == visible
    if visible:
        assert card["viewerCan"] == ["VIEW"]
        for kind, edge in (("ContractAccount", "contractAccounts"), ("DeliveryAccount", "deliveryAccounts")):
            viewable = {id_of(kind, key) for key in oracle.allowed(kind, "view")}
            assert {node["id"] for node in card[edge]["nodes"]} <= viewable
    for change in CHANGES.values():
        codes = await outcome(connection, writing, oracle.actor.id, lambda work, change=change: change(work, user.id))
        assert codes == (["FORBIDDEN"] if visible else ["NOT_FOUND"]), f"{oracle.actor} {user}"
    encounters["wider" if visible else "unseen"] += 1


def changeable(oracle: Oracle, user: User) -> bool:
    """Whether the admin may change the user in any way."""
    return any(user.id in oracle.allowed("User", action) for action in CHANGES)


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_wider_users_are_visible_in_part_and_can_not_be_changed(
    writing: MutationContext, encounters: Counter[str], world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if ADMIN in user.permissions and user.state is State.ACTIVE]
    limited = [user for user in admins if user.permissions != EVERY and not user.staff]
    oracle = Oracle(world, data.draw(st.sampled_from(limited), label="admin"))
    others = [user for user in world.users if not changeable(oracle, user)]
    async with writing.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        # Users visible to the admin first.
        for user in sorted(others, key=oracle.view_user, reverse=True)[:2] + others[-1:]:
            await check_unchangeable(connection, writing, oracle, user, encounters)
        await connection.rollback()
