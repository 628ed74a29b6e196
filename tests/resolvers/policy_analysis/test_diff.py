"""The diff of two policies, counted and listed in SQL, equals that of two access matrices built one user at a time."""

import re
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import ColumnElement, FromClause, and_, select, true

from app.database.pools import create_inspection_engine
from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.capabilities import QUESTIONS, Question
from authz.model.actions import Capability
from authz.policy import Policy
from authz.predicates.nodes import Predicate
from authz.predicates.sql import Scope, expression
from models import Base, Permission
from models import User as Users
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.actor_table import actor_table, load_profiles
from resolvers.policy_analysis.capability_diff import CapabilityChange, changed_capabilities
from resolvers.policy_analysis.diff_plan import ActionChange, Direction
from resolvers.policy_analysis.diff_sql import PolicyPair
from tests.support.depth import examples, some
from tests.support.paths import POLICY
from tests.support.policies.random_edits import FILE, NEW_RULES, Edited, edited_policies
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.allowed_rows import allowed
from tests.support.worlds.loader import empty, insert_world
from tests.support.worlds.models import State, World, example, worlds

pytestmark = pytest.mark.invariant("policy_diff")

Cell = tuple[str, UUID, UUID | None]
SHIPPED_TEXT = POLICY.read_text()
SHIPPED = Policy(SHIPPED_TEXT, POLICY.name)
NO_PORTAL = '    permission in actor.permissions and\n    permission != "DEVELOPER_PORTAL";'


class UnboundedAccess(Access):
    """What a policy allows by itself. The border of an organization, which an actor can't cross whatever the policy
    says, would hide what a diff shows: that an edit lets them cross it."""

    def decide(self, action: str, model: type[Base]) -> Predicate:
        return self.policy.decision(self.traits, action, model).where

    def holds(
        self, predicate: Predicate, model: type[Base], row: FromClause, *, scope: Scope = Scope.UNKNOWN
    ) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = and_(true(), expression(predicate, model, row, self._flag, scope=scope))
        return condition


async def matrix(connection: Any, policy: Policy, world: World) -> set[Cell]:
    """Returns the access matrix (action, actor, resource) without borders, queried separately for each user and API
    client.

    For a capability, there is no resource.
    """
    cells: set[Cell] = set()
    for user in world.users:
        if user.state is State.ACTIVE:
            by_action = await allowed(connection, UnboundedAccess(policy, traits_of(user)), user)
            cells |= {(action, user.id, id_) for action, ids in by_action.items() for id_ in ids}
            cells |= {(name, user.id, None) for name in capabilities(Access(policy, traits_of(user)))}
            for client in world.clients:
                if client.owner_id == user.id and not client.revoked:
                    traits = traits_of(user, client)
                    by_action = await allowed(connection, UnboundedAccess(policy, traits), user, client.id)
                    cells |= {(action, client.id, id_) for action, ids in by_action.items() for id_ in ids}
                    cells |= {(name, client.id, None) for name in capabilities(Access(policy, traits))}
    return cells


def capabilities(access: Access) -> set[str]:
    """Returns the capabilities that the API would let the actor use."""
    held = {Capability.CREATES_ORGANIZATIONS} if access.creates_organizations else set()
    held |= {Capability.MAKES_API_CLIENTS} if access.makes_api_clients else set()
    may_assign = access.assignable
    if may_assign is None:
        return {str(capability) for capability in held}
    kinds = {"ContractAccount": may_assign.all_contract_accounts, "DeliveryAccount": may_assign.all_delivery_accounts}
    return {
        *map(str, held),
        Capability.MANAGES_USERS.value,
        *(f"assign_permission {permission}" for permission in may_assign.permissions),
        *(f"assign_audience {audience}" for audience in may_assign.audiences),
        *(f"assign_all {kind}" for kind, may in kinds.items() if may),
    }


async def difference(url: str, old: Policy, new: Policy) -> tuple[dict[Direction, set[Cell]], Counter[Any]]:
    """Returns the changed cells as listed, and their number as counted."""
    engine = create_inspection_engine(url)
    moved: dict[Direction, set[Cell]] = {direction: set() for direction in Direction}
    counted: Counter[Any] = Counter()
    try:
        async with engine.connect() as connection:
            prepared = await policy_diff.prepare(connection, old, new)
            for one in prepared.changes:
                name = f"{one.model.__name__}.{one.action}" if isinstance(one, ActionChange) else str(one.question)
                for count in await policy_diff.count_changes(connection, prepared, one):
                    counted[count.direction, name, count.organization_id] += count.pairs
                async for change in policy_diff.list_changes(connection, prepared, one, None):
                    assert change.rules, f"{change} through no rule"
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


def organization_of(cell: Cell, world: World) -> UUID | None:
    """Returns the organization of the resource; for a capability, that of the actor."""
    if cell[2] is not None:
        return organizations(world)[cell[2]]
    owner_of = {client.id: client.owner_id for client in world.clients}
    return next(user.organization_id for user in world.users if user.id == owner_of.get(cell[1], cell[1]))


def assert_complete(
    found: tuple[dict[Direction, set[Cell]], Counter[Any]], before: set[Cell], after: set[Cell], world: World
) -> None:
    """Asserts that the changed cells and their numbers are all that differs between the matrices."""
    moved, counted = found
    assert moved == {Direction.GAINED: after - before, Direction.LOST: before - after}
    expected = Counter(
        (direction, cell[0], organization_of(cell, world)) for direction, cells in moved.items() for cell in cells
    )
    assert {key: number for key, number in counted.items() if number} == dict(expected)


# A failing example is not made smaller: that takes many minutes, and the edit that it shows is a few lines anyhow.
@settings(
    max_examples=examples(4),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), edited=edited_policies())
async def test_random_edits(database_url: str, world: World, edited: Edited) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await empty(connection)
        await insert_world(connection, world)
        new = Policy(edited.text, FILE)
        before, after = await matrix(connection, SHIPPED, world), await matrix(connection, new, world)
        assert_complete(await difference(database_url, SHIPPED, new), before, after, world)
    finally:
        await connection.close()


@pytest.mark.matrix
@pytest.mark.parametrize("rule", some(NEW_RULES))
async def test_each_new_rule(database_url: str, rule: str) -> None:
    """Some of them let actors cross the border of an organization."""
    connection, world = await asyncpg.connect(database_url), example()
    try:
        await insert_world(connection, world)
        new = Policy(f"{SHIPPED_TEXT}\n{rule}\n", FILE)
        before, after = await matrix(connection, SHIPPED, world), await matrix(connection, new, world)
        assert_complete(await difference(database_url, SHIPPED, new), before, after, world)
    finally:
        await connection.close()


def opened(question: Question) -> str:
    """Returns rules that answer `question` with yes for everybody, and their clients."""
    value = f', "{question.value}"' if question.value else ""
    heads = [f"{question.capability}(_: {kind}{value});" for kind in ("Member", "Client")]
    return "\n".join([*heads, "manages_users(_: Member);"])


@pytest.mark.matrix
async def test_each_question_about_the_actor_is_compared(database_url: str) -> None:
    """A capability that is added to the vocabulary is compared, too, without a change here."""
    connection, world = await asyncpg.connect(database_url), example()
    try:
        await insert_world(connection, world)
    finally:
        await connection.close()
    for question in some(QUESTIONS):
        new = Policy(f"{SHIPPED_TEXT}\n{opened(question)}\n", FILE)
        before, after = answers(SHIPPED, world), answers(new, world)
        assert str(question) in {name for name, _, _ in after - before}
        gained, lost = await compared(database_url, SHIPPED, new, world)
        assert (gained, lost) == (after - before, before - after)
        assert await compared(database_url, new, SHIPPED, world) == (lost, gained)


def answers(policy: Policy, world: World) -> set[Cell]:
    """Returns the capabilities of all actors in `world`."""
    cells: set[Cell] = set()
    for user in world.users:
        if user.state is State.ACTIVE:
            cells |= {(name, user.id, None) for name in capabilities(Access(policy, traits_of(user)))}
            for client in world.clients:
                if client.owner_id == user.id and not client.revoked:
                    traits = traits_of(user, client)
                    cells |= {(name, client.id, None) for name in capabilities(Access(policy, traits))}
    return cells


async def compared(url: str, old: Policy, new: Policy, world: World) -> tuple[set[Cell], set[Cell]]:
    """Returns the capabilities that are gained and lost, as listed; the counts must agree."""
    engine, counted = create_inspection_engine(url), Counter[Any]()
    moved: dict[Direction, set[Cell]] = {direction: set() for direction in Direction}
    try:
        async with engine.connect() as connection:
            profiles = await load_profiles(connection, clients=True)
            actors = actor_table(profiles, [old, new], clients=True)
            changed = changed_capabilities(old, new, profiles)
            # Without the actions: they take a hundred times longer.
            prepared = policy_diff.PolicyDiff(PolicyPair(old, new, actors), changed, [])
            for one in prepared.changes:
                assert isinstance(one, CapabilityChange)
                for count in await policy_diff.count_changes(connection, prepared, one):
                    counted[count.direction, count.action, count.organization_id] += count.pairs
                async for change in policy_diff.list_changes(connection, prepared, one, None):
                    assert change.rules
                    moved[change.direction].add((str(one.question), change.actor_id, change.resource_id))
    finally:
        await engine.dispose()
    expected = Counter(
        (direction, cell[0], organization_of(cell, world)) for direction, cells in moved.items() for cell in cells
    )
    assert counted == expected
    return moved[Direction.GAINED], moved[Direction.LOST]


async def test_a_condition_taken_from_a_capability_is_seen(database_url: str) -> None:
    """Rules that narrow what one may give count as lost; without `manages_users`, nobody gains what they can't give."""
    connection, world = await asyncpg.connect(database_url), example()
    narrower = SHIPPED_TEXT.replace("    permission in actor.permissions;", NO_PORTAL, 1)
    ungated = SHIPPED_TEXT.replace("    manages_users(actor) and\n    permission in", "    permission in", 1)
    assert SHIPPED_TEXT not in (narrower, ungated)
    try:
        await insert_world(connection, world)
    finally:
        await connection.close()
    gained, lost = await compared(database_url, SHIPPED, Policy(narrower, FILE), world)
    assert not gained
    assert {name for name, _, _ in lost} == {"assign_permission DEVELOPER_PORTAL"}
    assert await compared(database_url, SHIPPED, Policy(ungated, FILE), world) == (set(), set())


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
    assert prepared.changes == []


def test_an_empty_list_is_no_parameter() -> None:
    """A policy may let an admin assign no audience at all; statements run as text can't have a list parameter."""
    text = re.sub(r"^assign_audience[^;]*;$", "", SHIPPED_TEXT, flags=re.MULTILINE)
    nobody = f'{text}\nassign_audience(actor: Member, "DELIVERY") if actor.all_contract_accounts and is_never(actor);\n'
    nobody += 'is_never(actor: Member) if actor.audience = "DELIVERY" and actor.audience = "ORGANIZATION";\n'
    admin = Traits(ActorKind.MEMBER, permissions=frozenset(Permission), all_contract_accounts=True)
    compiled = select(Access(Policy(nobody, FILE), admin).may("update", Users, Users.__table__)).compile()
    assert set(compiled.params) <= {"actor_id", "actor_organization_id"}
