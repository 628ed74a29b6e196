"""The diff of two policies, counted and listed in SQL, equals that of two access matrices built one user at a time."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import select

from app.database.pools import create_inspection_engine
from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.policy import Policy
from models import Permission
from models import User as Users
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.diff_plan import Direction
from tests.support.paths import POLICY
from tests.support.policies.random_edits import FILE, Edited, edited_policies
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.allowed_rows import allowed
from tests.support.worlds.loader import empty, insert_world
from tests.support.worlds.models import State, World, example, worlds

pytestmark = pytest.mark.invariant("policy_diff")

Cell = tuple[str, UUID, UUID]
SHIPPED_TEXT = POLICY.read_text()
SHIPPED = Policy(SHIPPED_TEXT, POLICY.name)


async def matrix(connection: Any, policy: Policy, world: World) -> set[Cell]:
    """Returns the access matrix (action, actor, resource), queried separately for each user and API client."""
    cells: set[Cell] = set()
    for user in world.users:
        if user.state is State.ACTIVE:
            by_action = await allowed(connection, Access(policy, traits_of(user)), user)
            cells |= {(action, user.id, id_) for action, ids in by_action.items() for id_ in ids}
            for client in world.clients:
                if client.owner_id == user.id and not client.revoked:
                    traits = replace(traits_of(user), kind=ActorKind.CLIENT, scopes=client.scopes)
                    by_action = await allowed(connection, Access(policy, traits), user, client.id)
                    cells |= {(action, client.id, id_) for action, ids in by_action.items() for id_ in ids}
    return cells


async def difference(url: str, old: Policy, new: Policy) -> tuple[dict[Direction, set[Cell]], Counter[Any]]:
    """Returns the changed cells as listed, and their number as counted."""
    engine = create_inspection_engine(url)
    moved: dict[Direction, set[Cell]] = {direction: set() for direction in Direction}
    counted: Counter[Any] = Counter()
    try:
        async with engine.connect() as connection:
            prepared = await policy_diff.prepare(connection, old, new)
            for action in prepared.actions:
                name = f"{action.model.__name__}.{action.action}"
                for count in await policy_diff.count_changes(connection, prepared, action):
                    counted[count.direction, name, count.organization_id] += count.pairs
                async for change in policy_diff.list_changes(connection, prepared, action, None):
                    cell = (name, change.actor_id, change.resource_id)
                    assert cell not in moved[change.direction], f"{change} twice"
                    moved[change.direction].add(cell)
    finally:
        await engine.dispose()
    return moved, counted


def organizations(world: World) -> dict[UUID, UUID | None]:
    """Returns the organization of each resource."""
    owners: dict[UUID, UUID | None] = {resource.id: resource.id for resource in world.organizations}
    resources = (
        resource for type_name, rows in world.things.items() if type_name != "Organization" for resource in rows
    )
    return owners | {resource.id: resource.organization_id for resource in resources}


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
        owners = organizations(world)
        expected = Counter(
            (direction, cell[0], owners[cell[2]]) for direction, cells in moved.items() for cell in cells
        )
        assert {key: number for key, number in counted.items() if number} == dict(expected)
    finally:
        await connection.close()


async def test_an_equivalent_edit_runs_no_query(database_url: str) -> None:
    """Lines move, a rule is duplicated, a condition is implied by another: no action differs for any actor."""
    duplicated = 'allow(actor: Member, "view", service: Service) if\n    views_sites_and_services(actor) and'
    edited = SHIPPED_TEXT + SHIPPED_TEXT[SHIPPED_TEXT.index(duplicated) :].partition(";")[0] + ";\n"
    connection = await asyncpg.connect(database_url)
    try:
        await insert_world(connection, example())
    finally:
        await connection.close()
    engine = create_inspection_engine(database_url)
    try:
        async with engine.connect() as reading:
            prepared = await policy_diff.prepare(reading, SHIPPED, Policy(f"# A comment.\n{edited}", FILE))
    finally:
        await engine.dispose()
    assert prepared.actions == []


def test_an_empty_list_is_no_parameter() -> None:
    """A policy may let an admin assign no audience at all; statements run as text can't have a list parameter."""
    text = re.sub(r"^assign_audience[^;]*;$", "", SHIPPED_TEXT, flags=re.MULTILINE)
    nobody = f'{text}\nassign_audience(actor: Member, "DELIVERY") if actor.all_contract_accounts and is_never(actor);\n'
    nobody += 'is_never(actor: Member) if actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION";\n'
    admin = Traits(ActorKind.MEMBER, permissions=frozenset(Permission), all_contract_accounts=True)
    compiled = select(Access(Policy(nobody, FILE), admin).may("update", Users, Users.__table__)).compile()
    assert set(compiled.params) <= {"actor_id", "actor_organization_id"}
