"""A limited admin who looks at a user with wider access: sees them in part, never an error, and can't change them.

Random worlds; who is wider is decided by the oracle of the domain page.
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

from app.database.pools import writing_engine
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.mutations.users.lifecycle import remove, resend_activation, restore
from resolvers.mutations.users.update import UserChange, update
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork
from tests.support.oracle import Oracle
from tests.support.planner_fixtures import id_of, read
from tests.support.resolver_fixtures import SECRET_KEY, rules
from tests.support.world_loader import insert_world
from tests.support.world_models import ADMIN, EVERY, State, User, World, worlds

CARD = """query ($id: ID!) { node(id: $id) { ... on User {
  viewerCan contractAccounts(first: 100) { nodes { id } } deliveryAccounts(first: 100) { nodes { id } }
} } }"""
CHANGES: dict[str, Callable[[UnitOfWork, UUID], Awaitable[UUID]]] = {
    "update": lambda work, user_id: update(work, user_id, UserChange(1, {"last_name": "Changed"})),
    "resend_activation": resend_activation,
    "remove": remove,
    "restore": restore,
}


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[MutationContext]:
    engine = writing_engine(database_url)
    yield MutationContext(engine, rules(), SECRET_KEY)
    await engine.dispose()


@pytest_asyncio.fixture
async def met() -> AsyncIterator[Counter[str]]:
    """Whom the admins met: worlds without wider users would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    assert counted["wider"]
    assert counted["unseen"]


async def outcome(connection: AsyncConnection, writing: MutationContext, admin: UUID, change: Any) -> list[str]:
    """The codes that the admin gets for a change, which is taken back where it was done."""
    actor = await load_user_as_actor(connection, admin)
    savepoint = await connection.begin_nested()
    try:
        await change(UnitOfWork(connection, writing, Caller(actor)))
    except MutationRejected as refused:
        return [problem.code.value for problem in refused.problems]
    finally:
        await savepoint.rollback()
    return []


async def meet(
    connection: AsyncConnection, writing: MutationContext, oracle: Oracle, user: User, met: Counter[str]
) -> None:
    """What the admin reads of a user whom they must not change, and what every change comes to."""
    seen, driver = oracle.view_user(user), (await connection.get_raw_connection()).driver_connection
    card = (await read(driver, oracle.actor, CARD, {"id": id_of("User", user.id)}))["node"]
    assert (card is not None) == seen
    if seen:
        assert card["viewerCan"] == ["VIEW"]
        for kind, edge in (("ContractAccount", "contractAccounts"), ("DeliveryAccount", "deliveryAccounts")):
            mine = {id_of(kind, key) for key in oracle.allowed(kind, "view")}
            assert {node["id"] for node in card[edge]["nodes"]} <= mine
    for change in CHANGES.values():
        codes = await outcome(connection, writing, oracle.actor.id, lambda work, change=change: change(work, user.id))
        assert codes == (["FORBIDDEN"] if seen else ["NOT_FOUND"]), f"{oracle.actor} {user}"
    met["wider" if seen else "unseen"] += 1


def changeable(oracle: Oracle, user: User) -> bool:
    """Whether there is anything that the admin may do to the user."""
    return any(user.id in oracle.allowed("User", action) for action in CHANGES)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(world=worlds(), data=st.data())
async def test_wider_users_are_seen_in_part_and_left_alone(
    writing: MutationContext, met: Counter[str], world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if ADMIN in user.permissions and user.state is State.ACTIVE]
    limited = [user for user in admins if user.permissions != EVERY and not user.staff]
    oracle = Oracle(world, data.draw(st.sampled_from(limited), label="admin"))
    others = [user for user in world.users if not changeable(oracle, user)]
    async with writing.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        # Those whom the admin sees, first.
        for user in sorted(others, key=oracle.view_user, reverse=True)[:2] + others[-1:]:
            await meet(connection, writing, oracle, user, met)
        await connection.rollback()
