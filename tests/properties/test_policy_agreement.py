"""In random worlds, PostgreSQL selects by the compiled policy exactly the rows that the oracle allows."""

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings

from authz.access import Access
from authz.model.actions import ACTIONS
from authz.policy import Policy
from tests.support.depth import examples
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.allowed_rows import allowed
from tests.support.worlds.clients import Client
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import User, World, example, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("translation")


async def check_agreement(connection: Any, policy: Policy, world: World) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await insert_world(connection, world)
        by_id = {user.id: user for user in world.users}
        asking: list[tuple[User, Client | None]] = [(user, None) for user in world.users]
        asking += [(by_id[client.owner_id], client) for client in world.clients]
        for user, client in asking:
            access = Access(policy, traits_of(user, client))
            found = await allowed(connection, access, user, client.id if client else None)
            for model, actions in ACTIONS.items():
                for action in actions:
                    expected = Oracle(world, user, client).allowed(model.__name__, action.value)
                    actual = frozenset(found.get(f"{model.__name__}.{action.value}", ()))
                    difference = world.named(expected ^ actual)
                    assert not difference, f"{client or user} {action.value} {model.__name__}: {difference}"
    finally:
        await transaction.rollback()


async def test_the_example_of_the_domain_page(database_url: str, policy: Policy) -> None:
    world = example()
    connection = await asyncpg.connect(database_url)
    try:
        await insert_world(connection, world)

        async def sees(email: str, kind: str, action: str = "view") -> set[str]:
            user = world.user(email)
            found = await allowed(connection, Access(policy, traits_of(user)), user)
            return world.named(frozenset(found.get(f"{kind}.{action}", ())))

        first, last = {"SVC-000001", "SVC-000002"}, {"SVC-000004", "SVC-000005"}
        assert await sees("pia@pear.example", "Service") == first
        assert await sees("dan@pear.example", "Service") == first | last
        assert await sees("dan@pear.example", "ContractAccount") == {"ACME South", "ACME East"}
        assert await sees("dan@pear.example", "DeliveryAccount") == {"PEAR Corp"}
        assert await sees("sue@acme.example", "Service") == {*first, "SVC-000003"}
        assert await sees("sue@acme.example", "DeliveryAccount") == {"PEAR Corp", "ACME South"}
        assert await sees("sue@acme.example", "User") == {"sue@acme.example"}
        assert await sees("ben@acme.example", "ContractAccount", "view_billing") == {
            "ACME South", "ACME East", "ACME North",
        }  # fmt: skip
        assert await sees("sam@acme.example", "ContractAccount", "assign") == {"ACME South"}
        assert await sees("sam@acme.example", "User", "restore") == {"rob@acme.example"}
        assert await sees("sam@acme.example", "User", "resend_activation") == {"pat@acme.example", "eve@acme.example"}
        assert await sees("dan@pear.example", "User", "update") == {
            "dan@pear.example", "pia@pear.example", "noc@pear.example",
        }  # fmt: skip
        assert await sees("max@globex.example", "User") == {"max@globex.example"}
        assert len(await sees("staff@portico.example", "User")) == len(world.users)
        assert await sees("staff@portico.example", "User", "update") == set()
        for action in ("create_contract_account", "create_delivery_account", "create_service"):
            assert await sees("staff@portico.example", "Organization", action) == {"ACME Corporation", "Globex"}
            assert await sees("ada@acme.example", "Organization", action) == set()
    finally:
        await connection.close()


@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
async def test_random_worlds(connection: Any, policy: Policy, world: World) -> None:
    await check_agreement(connection, policy, world)
