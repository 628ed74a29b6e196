"""A simulation says what the policy answers once the change is made, of the users and rows that the viewer sees.

In random worlds, a service is moved, an account closed or a user removed, in the database. Before and after, the policy
is asked what each user may do.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from authz.access import Access
from models import ACCOUNT_KINDS
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.what_can import what_can
from resolvers.simulations.changes import AccountClosing, Change, ServiceMove, UserLeaving
from resolvers.simulations.pair_routes import ACTS, MANAGING
from resolvers.simulations.simulate import Simulation, simulate
from resolvers.simulations.statement import Effect
from tests.support.depth import THOROUGH, examples
from tests.support.resolver_fixtures import rules
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, State, User, World, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("simulations")

Cell = tuple[str, UUID, UUID]
"""A type and action, the user who may, and the row."""

CHANGES = 2
"""How many changes are simulated and made in each world."""


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_write_engine(database_url)
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


async def everything(connection: AsyncConnection, world: World) -> set[Cell]:
    """All that every active user may do."""
    requested = [(model, action) for model, action in ACTS]
    cells: set[Cell] = set()
    for user in world.users:
        actor = await load_user_as_actor(connection, user.id)
        if actor is None:
            continue
        page = await what_can(connection, rules(), actor, requested, first=10_000)
        for accessible in page.resources:
            name = accessible.resource.model.__name__
            cells |= {(f"{name}.{action}", user.id, accessible.resource.id) for action in accessible.actions}
    return cells


def possible(world: World, viewer: User) -> list[Change]:
    """The changes that the viewer sees the rows of."""
    sees = {name: Oracle(world, viewer).allowed(name, "view") for name in ("Service", "User")}
    accounts = [
        (kind, each.id)
        for kind, each_kind in zip(ACCOUNT_KINDS, (world.contract_accounts, world.delivery_accounts), strict=True)
        for each in each_kind
        if each.organization_id == viewer.organization_id
    ]
    moves = [ServiceMove(service, kind, account) for service in sorted(sees["Service"]) for kind, account in accounts]
    users = [UserLeaving(user.id) for user in world.users if user.id in sees["User"]]
    return [*moves, *(AccountClosing(*account) for account in accounts), *users]


async def make(connection: AsyncConnection, change: Change) -> None:
    """Make the change."""
    match change:
        case ServiceMove(service, kind, account):
            move = text(f"UPDATE services SET {kind.key} = :account WHERE id = :service")
            await connection.execute(move, {"account": account, "service": service})
        case AccountClosing(kind, account):
            table = kind.accounts.__tablename__
            named = {"account": account, "public": f"{kind.accounts.id_prefix}_{account}"}
            for statement in (
                f"DELETE FROM access_requests WHERE {kind.key} = :account",
                f"DELETE FROM services WHERE {kind.key} = :account",
                f"DELETE FROM {kind.grants.__tablename__} WHERE {kind.key} = :account",
                f"DELETE FROM {table} WHERE id = :account",
            ):
                await connection.execute(text(statement), named)
        case UserLeaving(user):
            await connection.execute(text("UPDATE users SET removed_at = now() WHERE id = :user"), {"user": user})


def cells(simulation: Simulation, effect: Effect) -> list[Any]:
    """What the simulation says of an effect."""
    return [
        (f"{each.model.__name__}.{each.action}", each.user_id, each.row_id)
        for each in simulation.changes
        if each.effect is effect
    ]


def managed(allowed: set[Cell]) -> set[tuple[str, UUID]]:
    """What somebody may do, of that which somebody must be able to do."""
    names = {f"{ACTS[act][0].__name__}.{ACTS[act][1]}" for act in MANAGING}
    return {(name, row) for name, _, row in allowed if name in names}


async def check(connection: AsyncConnection, world: World, viewer: User, change: Change) -> list[Effect]:
    actor = await load_user_as_actor(connection, viewer.id)
    assert actor is not None
    assert viewer.organization_id is not None
    access = Access(rules(), actor.traits)
    said = await simulate(connection, (actor, access), change, viewer.organization_id, first=10_000)
    assert said.next is None
    visible = {user.id for user in world.users if user.id in Oracle(world, viewer).allowed("User", "view")}
    rows = visible | {
        row
        for name in ("ContractAccount", "DeliveryAccount", "Service")
        for row in Oracle(world, viewer).allowed(name, "view")
    }

    def shown(allowed: set[Cell]) -> set[Cell]:
        return {cell for cell in allowed if cell[1] in visible and cell[2] in rows}

    before = shown(await everything(connection, world))
    await make(connection, change)
    later = shown(await everything(connection, world))
    gone = next(iter(change.parameters.values()))
    of_others = {cell for cell in before if not (isinstance(change, UserLeaving) and cell[1] == gone)}
    for effect, expected in ((Effect.LOST, of_others - later), (Effect.GAINED, later - of_others)):
        listed = cells(said, effect)
        assert len(listed) == len(set(listed))
        assert set(listed) == expected, (effect, change)
    left = cells(said, Effect.NOBODY)
    assert {(name, row) for name, _, row in left} == {
        (name, row) for name, row in managed(before) - managed(later) if row != gone
    }
    assert len(left) == len(set(left))
    assert sum(total.changes for total in said.totals) == len(said.changes)
    return [each.effect for each in said.changes]


@pytest.fixture(scope="module")
def said() -> Iterator[Counter[Effect]]:
    """How many effects there were in all tests: worlds in which nothing changes would prove nothing. By chance, one
    kind of change may change nothing in all of its worlds."""
    counted: Counter[Effect] = Counter()
    yield counted
    assert counted[Effect.LOST] > 0 or not THOROUGH


@pytest.mark.parametrize("kind", [ServiceMove, AccountClosing, UserLeaving])
@settings(max_examples=examples(5), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_a_simulation_is_what_the_policy_answers_once_the_change_is_made(
    connection: AsyncConnection, said: Counter[Effect], kind: type[Change], world: World, data: st.DataObject
) -> None:
    await connection.execute(text("SELECT 1"))
    try:
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        active = [user for user in world.users if not user.staff and user.state is State.ACTIVE]
        # Most of those who may ask see everything, so they come more often.
        reviewers = [user for user in active if ADMIN in user.permissions and user.all_contract_accounts]
        viewer = data.draw(st.sampled_from([*active, *reviewers * 5]), label="viewer")
        for _ in range(CHANGES):
            changes = [change for change in possible(world, viewer) if isinstance(change, kind)]
            if not changes:
                return
            change = data.draw(st.sampled_from(changes), label="change")
            async with connection.begin_nested() as savepoint:
                said.update(await check(connection, world, viewer, change))
                await savepoint.rollback()
    finally:
        await connection.rollback()
