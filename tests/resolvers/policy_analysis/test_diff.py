"""The difference of two policies, counted and listed in SQL, is that of two matrices made one user at a time."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import select

from app.database.pools import inspecting_engine
from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.policy import Policy
from models import Permission
from models import User as Users
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.diff_plan import Direction
from tests.properties.test_policy_agreement import allowed, traits_of
from tests.support.paths import POLICY
from tests.support.policy_edits import FILE, Edited, edited_policies
from tests.support.world_loader import empty, insert_world
from tests.support.world_models import State, World, example, worlds

Cell = tuple[str, UUID, UUID]
SHIPPED_TEXT = POLICY.read_text()
SHIPPED = Policy(SHIPPED_TEXT, POLICY.name)


async def matrix(connection: Any, policy: Policy, world: World) -> set[Cell]:
    """Who may do what to which thing, asked for each user and each API client by themselves."""
    cells: set[Cell] = set()
    for user in world.users:
        if user.state is State.ACTIVE:
            found = await allowed(connection, Access(policy, traits_of(user)), user)
            cells |= {(what, user.id, thing) for what, things in found.items() for thing in things}
            for client in world.clients:
                if client.owner_id == user.id and not client.revoked:
                    traits = replace(traits_of(user), kind=ActorKind.CLIENT, scopes=client.scopes)
                    found = await allowed(connection, Access(policy, traits), user, client.id)
                    cells |= {(what, client.id, thing) for what, things in found.items() for thing in things}
    return cells


async def difference(url: str, old: Policy, new: Policy) -> tuple[dict[Direction, set[Cell]], Counter[Any]]:
    """The cells that moved, as listed, and how many there are, as counted."""
    engine = inspecting_engine(url)
    moved: dict[Direction, set[Cell]] = {each: set() for each in Direction}
    counted: Counter[Any] = Counter()
    try:
        async with engine.connect() as connection:
            prepared = await policy_diff.prepare(connection, old, new)
            for one in prepared.changed:
                what = f"{one.model.__name__}.{one.action}"
                for moves in await policy_diff.count(connection, prepared, one):
                    counted[moves.direction, what, moves.organization_id] += moves.pairs
                async for move in policy_diff.listed(connection, prepared, one, None):
                    cell = (what, move.actor_id, move.thing_id)
                    assert cell not in moved[move.direction], f"{move} twice"
                    moved[move.direction].add(cell)
    finally:
        await engine.dispose()
    return moved, counted


def organizations(world: World) -> dict[UUID, UUID | None]:
    """The organization of each thing."""
    of: dict[UUID, UUID | None] = {each.id: each.id for each in world.organizations}
    things = (each for kind, some in world.things.items() if kind != "Organization" for each in some)
    return of | {each.id: each.organization_id for each in things}


# A failing example is not made smaller: that takes many minutes, and the edit that it shows is a few lines anyhow.
@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), edited=edited_policies())
async def test_random_edits(database_url: str, world: World, edited: Edited) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await empty(connection)
        await insert_world(connection, world)
        new = Policy(edited.text, FILE)
        before, after = await matrix(connection, SHIPPED, world), await matrix(connection, new, world)
        moved, counted = await difference(database_url, SHIPPED, new)
        assert moved == {Direction.GAINED: after - before, Direction.LOST: before - after}
        of = organizations(world)
        expected = Counter((way, cell[0], of[cell[2]]) for way, cells in moved.items() for cell in cells)
        assert {key: number for key, number in counted.items() if number} == dict(expected)
    finally:
        await connection.close()


async def test_an_edit_that_means_the_same_asks_nothing_of_the_database(database_url: str) -> None:
    """Lines move, a rule is said twice, a condition is implied by another: no action differs for anybody."""
    said_twice = 'allow(actor: Member, "view", service: Service) if\n    views_sites_and_services(actor) and'
    edited = SHIPPED_TEXT + SHIPPED_TEXT[SHIPPED_TEXT.index(said_twice) :].partition(";")[0] + ";\n"
    connection = await asyncpg.connect(database_url)
    try:
        await insert_world(connection, example())
    finally:
        await connection.close()
    engine = inspecting_engine(database_url)
    try:
        async with engine.connect() as asked:
            prepared = await policy_diff.prepare(asked, SHIPPED, Policy(f"# A comment.\n{edited}", FILE))
    finally:
        await engine.dispose()
    assert prepared.changed == []


def test_what_nobody_may_give_is_no_parameter() -> None:
    """A policy may let an admin give no audience at all; statements are run as text, which holds no list of its own."""
    text = re.sub(r"^assign_audience[^;]*;$", "", SHIPPED_TEXT, flags=re.MULTILINE)
    nobody = f'{text}\nassign_audience(actor: Member, "DELIVERY") if actor.all_contract_accounts and is_never(actor);\n'
    nobody += 'is_never(actor: Member) if actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION";\n'
    admin = Traits(ActorKind.MEMBER, permissions=frozenset(Permission), all_contract_accounts=True)
    compiled = select(Access(Policy(nobody, FILE), admin).may("update", Users, Users.__table__)).compile()
    assert set(compiled.params) <= {"actor_id", "actor_organization_id"}
