"""In random worlds, only staff onboard: any other caller changes nothing, and gets the same answer for an organization
that they don't see as for one that doesn't exist."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.onboarding.contract_account import NewContractAccount, create_contract_account
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount, create_delivery_account
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization, create_organization
from resolvers.mutations.onboarding.service import NewService, create_service
from resolvers.mutations.onboarding.service_import import ImportOptions, ServiceLines, import_as_actor
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.depth import examples
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import State, World, key, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("onboarding")

NOWHERE = key(123_456_789)
Add = Callable[[UnitOfWork, UUID | None], Awaitable[Any]]


def additions(world: World) -> dict[str, Add]:
    """What can be added to an organization, by the policy's name for it; a service has accounts of anybody."""
    contract, delivery = world.contract_accounts[0].id, world.delivery_accounts[-1].id
    service = NewService("SVC-000001", "Line", "Utrecht", "NL", contract, delivery)
    return {
        "create_contract_account": lambda work, key: create_contract_account(work, key, NewContractAccount("New")),
        "create_delivery_account": lambda work, key: create_delivery_account(work, key, NewDeliveryAccount("New")),
        "create_service": lambda work, key: create_service(work, key, service),
    }


async def import_nothing(work: UnitOfWork, organization_id: UUID | None) -> None:
    """Imports no services, which is allowed where creating one is."""
    await import_as_actor(work, organization_id, ServiceLines([]), ImportOptions())


async def sizes(connection: AsyncConnection) -> list[Any]:
    """The number of rows in every table that onboarding writes."""
    tables = ("organizations", "contract_accounts", "delivery_accounts", "services", "users", "outbox_mails",
              "audit_events")  # fmt: skip
    counts = (f"(SELECT count(*) FROM {table})" for table in tables)
    return list((await connection.execute(text(f"SELECT {', '.join(counts)}"))).one())


async def answer(work: UnitOfWork, add: Add, organization_id: UUID | None) -> tuple[Problem, ...]:
    """Returns why it is denied; nothing if it is done, which is rolled back."""
    savepoint = await work.connection.begin_nested()
    try:
        await add(work, organization_id)
    except MutationRejected as refused:
        return refused.problems
    finally:
        await savepoint.rollback()
    return ()


async def check(work: UnitOfWork, oracle: Oracle, done: set[str]) -> None:
    """Try each addition to each organization, as the oracle's actor."""
    before = await sizes(work.connection)
    visible = oracle.allowed("Organization", "view")
    for action, add in additions(oracle.world).items():
        allowed = oracle.allowed("Organization", action)
        nowhere = await answer(work, add, NOWHERE)
        assert [problem.code for problem in nowhere] == ["NOT_FOUND"]
        assert await answer(work, add, None) == nowhere
        for organization in oracle.world.organizations:
            found = await answer(work, add, organization.id)
            codes = {problem.code.value for problem in found}
            if organization.id in allowed:
                assert not codes & {"NOT_FOUND", "FORBIDDEN"}
                done |= set() if codes else {action}
            elif organization.id in visible:
                assert [(each.code, each.path) for each in found] == [("FORBIDDEN", ("input", "organization"))]
            else:
                assert found == nowhere
    for organization_id in (NOWHERE, *(organization.id for organization in oracle.world.organizations)):
        single = await answer(work, additions(oracle.world)["create_service"], organization_id)
        denied = [problem.code for problem in single if problem.path == ("input", "organization")]
        assert [problem.code for problem in await answer(work, import_nothing, organization_id)] == denied
    new = NewOrganization("New", FirstAdmin("new@new.example", "New", "Admin"))
    found = await answer(work, lambda work, _: create_organization(work, new), None)
    assert [problem.code.value for problem in found] == ([] if oracle.creates_organizations() else ["FORBIDDEN"])
    assert await sizes(work.connection) == before


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_nobody_but_staff_adds_anything_or_learns_of_what_they_do_not_see(
    writing: MutationContext, world: World, data: st.DataObject
) -> None:
    active = [user for user in world.users if user.state is State.ACTIVE]
    members = st.sampled_from([user for user in active if not user.staff])
    staff = next(user for user in active if user.staff)
    done: set[str] = set()
    async with writing.engine.connect() as connection:
        # The first statement begins the transaction in which the world lies; nothing of it is committed.
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        for user in [staff, *data.draw(st.lists(members, min_size=3, max_size=3, unique=True))]:
            actor = await load_user_as_actor(connection, user.id)
            assert actor is not None
            # Each user anew: all of them invite the same first admin, more often than mail may be sent to one address.
            unlimited = replace(writing, limits=RateLimiter())
            await check(UnitOfWork(connection, unlimited, Caller(actor)), Oracle(world, user), done)
        await connection.rollback()
    assert done >= {"create_contract_account", "create_delivery_account"}
