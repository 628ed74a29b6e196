"""An access review is what everybody has at one moment, by the policy and the domain page; frozen, and signed off."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg.exceptions import PostgresError
from hypothesis import HealthCheck, given, settings
from limits import RateLimitItemPerHour
from sqlalchemy import select

from app.database.pools import writing_engine
from authz.actor import Actor
from models import AccessKind, AccessReview, AccessReviewEntry, AuditKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.access_reviews import mutations as access_review_mutations
from resolvers.mutations.access_reviews.snapshot import NOT_YET, NOTHING
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from tests.support.oracle import Oracle
from tests.support.planner_fixtures import traits_of
from tests.support.resolver_fixtures import SECRET_KEY, rules
from tests.support.world_loader import empty, insert_world
from tests.support.world_models import State, User, World, example, worlds

Found = set[tuple[UUID, AccessKind, UUID | str | None]]
ONE_EACH = {
    AccessKind.ALL_CONTRACT_ACCOUNTS: (AccessKind.CONTRACT_ACCOUNT, "contract_accounts"),
    AccessKind.ALL_DELIVERY_ACCOUNTS: (AccessKind.DELIVERY_ACCOUNT, "delivery_accounts"),
}


def caller(user: User) -> Caller:
    return Caller(Actor(user.id, user.organization_id, traits_of(user), 1))


class Reviewing:
    """The database with a world in it, and reviews of that world."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = writing_engine(url, size=4)
        self.writing = MutationContext(self.engine, rules(), SECRET_KEY)

    async def fill(self, world: World) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await empty(connection)
            await insert_world(connection, world)
        finally:
            await connection.close()

    async def run(self, sql: str) -> Any:
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    async def made(self, who: User, organization: UUID | None) -> UUID:
        return await run_in_transaction(
            self.writing, caller(who), lambda work: access_review_mutations.create(work, organization)
        )

    async def signed_off(self, who: User, review: UUID, note: str | None = None) -> UUID:
        return await run_in_transaction(
            self.writing, caller(who), lambda work: access_review_mutations.sign_off(work, review, note)
        )

    async def entries(self, review: UUID) -> list[Any]:
        table = AccessReviewEntry.__table__
        async with self.engine.connect() as connection:
            found = await connection.execute(select(table).where(table.c.review_id == review))
            return list(found.all())


@pytest.fixture
async def reviewing(database_url: str) -> Any:
    opened = Reviewing(database_url)
    yield opened
    await opened.engine.dispose()


def expected(world: World, organization: UUID) -> Found:
    """By the domain page: what the active reach, what the others were given, and every permission."""
    found: Found = set()
    for user in [each for each in world.users if each.organization_id == organization]:
        own: Found = {(user.id, AccessKind.PERMISSION, each) for each in user.permissions}
        for all_, (one, name) in ONE_EACH.items():
            if user.state is State.ACTIVE:
                kind = "ContractAccount" if one is AccessKind.CONTRACT_ACCOUNT else "DeliveryAccount"
                own |= {(user.id, one, each) for each in Oracle(world, user).allowed(kind, "view")}
            elif getattr(user, f"all_{name}"):
                own.add((user.id, all_, None))
            else:
                own |= {(user.id, one, each) for each in getattr(user, name)}
        found |= own or {(user.id, AccessKind.NOTHING, None)}
    return found


def each_one(world: World, organization: UUID, entries: list[Any]) -> Found:
    """The entries, with all accounts of the active one by one."""
    found: Found = set()
    active = {user.id for user in world.users if user.state is State.ACTIVE}
    for entry in entries:
        kind = AccessKind(entry.kind)
        if kind in ONE_EACH and entry.user_id in active:
            one, name = ONE_EACH[kind]
            accounts = [each.id for each in getattr(world, name) if each.organization_id == organization]
            assert entry.accounts == len(accounts)
            found |= {(entry.user_id, one, account) for account in accounts}
        else:
            found.add((entry.user_id, kind, entry.thing_id or entry.name))
    return found


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
async def test_entries_are_what_the_domain_page_says(database_url: str, world: World) -> None:
    reviewing = Reviewing(database_url)
    try:
        await reviewing.fill(world)
        staff = next(user for user in world.users if user.staff)
        for organization in world.organizations:
            found = await reviewing.entries(await reviewing.made(staff, organization.id))
            wanted = expected(world, organization.id)
            got = each_one(world, organization.id, found)
            # Who reaches all accounts of none has an entry that stands for none.
            assert got == {each for each in wanted if each[1] is not AccessKind.NOTHING or each in got}
            assert {each[0] for each in wanted} == {entry.user_id for entry in found}
            assert len({(entry.user_id, entry.kind, entry.thing_id, entry.name) for entry in found}) == len(found)
            assert all(entry.why for entry in found)
    finally:
        await reviewing.engine.dispose()


async def test_it_says_why(reviewing: Reviewing) -> None:
    world = example()
    await reviewing.fill(world)
    ada, (acme, _) = world.user("ada@acme.example"), world.organizations
    found = await reviewing.entries(await reviewing.made(ada, acme.id))

    def why(email: str, kind: AccessKind, name: str | None) -> str:
        (entry,) = [one for one in found if (one.user_email, one.kind, one.name) == (email, kind, name)]
        assert (entry.rules is None) == (kind is AccessKind.PERMISSION or entry.user_status != "ACTIVE")
        return str(entry.why)

    contract, delivery = AccessKind.CONTRACT_ACCOUNT, AccessKind.DELIVERY_ACCOUNT
    assert why("sue@acme.example", contract, "ACME South") == "grant of ACME South, permission SITES_SERVICES_VIEW"
    assert why("sue@acme.example", delivery, "PEAR Corp").startswith("service SVC-000001, grant of ACME South, ")
    assert why("dan@pear.example", contract, "ACME East").startswith("service SVC-000004, grant of PEAR Corp, ")
    assert "all contract accounts" in why("ada@acme.example", AccessKind.ALL_CONTRACT_ACCOUNTS, None)
    assert why("pat@acme.example", contract, "ACME South") == NOT_YET
    assert [one.name for one in found if one.user_email == "ada@acme.example" and one.kind == contract] == []
    assert not [one for one in found if one.user_email in ("max@globex.example", "staff@portico.example")]


async def test_who_has_nothing_is_in_it_and_ends_are(reviewing: Reviewing) -> None:
    world = example()
    users = [replace(user, permissions=frozenset()) if user.email.startswith("rob") else user for user in world.users]
    users = [replace(user, contract_accounts=frozenset()) if user.email.startswith("rob") else user for user in users]
    await reviewing.fill(replace(world, users=tuple(users)))
    await reviewing.run("UPDATE contract_grants SET ends_at = '2999-01-01' WHERE user_id IN "
                        "(SELECT id FROM users WHERE email = 'sue@acme.example')")  # fmt: skip
    found = await reviewing.entries(await reviewing.made(world.users[0], world.organizations[0].id))
    (nothing,) = [entry for entry in found if entry.user_email == "rob@acme.example"]
    assert (nothing.kind, nothing.why, nothing.user_status) == (AccessKind.NOTHING, NOTHING, "REMOVED")
    ends = {(each.kind, each.name): each.ends_at for each in found if each.user_email == "sue@acme.example"}
    assert {what for what, ends_at in ends.items() if ends_at} == {
        (AccessKind.CONTRACT_ACCOUNT, "ACME South"),
        (AccessKind.DELIVERY_ACCOUNT, "ACME South"),
        (AccessKind.DELIVERY_ACCOUNT, "PEAR Corp"),
    }


async def test_it_is_frozen(reviewing: Reviewing) -> None:
    world = example()
    await reviewing.fill(world)
    review = await reviewing.made(world.user("ada@acme.example"), world.organizations[0].id)
    before = await reviewing.entries(review)
    await reviewing.run("UPDATE users SET email = 'new@acme.example' WHERE email = 'sue@acme.example'")
    await reviewing.run("DELETE FROM contract_grants")
    await reviewing.run("UPDATE contract_accounts SET name = 'Renamed'")
    assert await reviewing.entries(review) == before
    for change in (
        "UPDATE access_review_entries SET why = ''",
        "DELETE FROM access_review_entries",
        "TRUNCATE access_review_entries",
        "DELETE FROM access_reviews",
        "UPDATE access_reviews SET policy_version = 'other'",
        "UPDATE access_reviews SET created_by_id = NULL, signed_off_at = now(), signed_off_by_id = id",
    ):
        with pytest.raises(PostgresError):
            await reviewing.run(change)
    assert await reviewing.entries(review) == before


def code(refused: Any) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    return [(each.code, each.path) for each in refused.value.problems]


async def test_only_one_of_two_signs_off(reviewing: Reviewing) -> None:
    world = example()
    await reviewing.fill(world)
    ada, staff = world.user("ada@acme.example"), world.users[0]
    review = await reviewing.made(ada, world.organizations[0].id)
    tried = await asyncio.gather(
        *(reviewing.signed_off(who, review, "Looked at") for who in (ada, staff, ada, staff)), return_exceptions=True
    )
    assert tried.count(review) == 1
    refused = [each for each in tried if isinstance(each, MutationRejected)]
    assert [[problem.code for problem in each.problems] for each in refused] == [[ErrorCode.ALREADY_SIGNED_OFF]] * 3
    async with reviewing.engine.connect() as connection:
        (row,) = (await connection.execute(select(AccessReview.__table__).where(AccessReview.id == review))).all()
    assert row.signed_off_by_id in (ada.id, staff.id)
    assert row.note == "Looked at"
    with pytest.raises(PostgresError):
        await reviewing.run("UPDATE access_reviews SET note = 'other' WHERE signed_off_at IS NOT NULL")
    kinds = [each["kind"] for each in await reviewing.run("SELECT kind FROM audit_events WHERE number > 0 ORDER BY id")]
    assert (
        kinds.count(AuditKind.ACCESS_REVIEW_SIGNED_OFF)
        - len([each for each in world.events if each.kind is AuditKind.ACCESS_REVIEW_SIGNED_OFF])
        == 1
    )


async def test_who_may_not_is_refused(reviewing: Reviewing) -> None:
    world = example()
    await reviewing.fill(world)
    acme, globex = world.organizations
    review = await reviewing.made(world.user("ada@acme.example"), acme.id)
    sam, maxine = world.user("sam@acme.example"), world.user("max@globex.example")
    for who, organization, expected_code in (
        (sam, acme.id, ErrorCode.FORBIDDEN),
        (maxine, acme.id, ErrorCode.NOT_FOUND),
        (sam, globex.id, ErrorCode.NOT_FOUND),
        (sam, None, ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(MutationRejected) as refused:
            await reviewing.made(who, organization)
        assert code(refused) == [(expected_code, ("input", "organization"))]
    for who in (sam, maxine):
        with pytest.raises(MutationRejected) as refused:
            await reviewing.signed_off(who, review)
        assert code(refused) == [(ErrorCode.NOT_FOUND, ("input", "id"))]
    with pytest.raises(MutationRejected) as refused:
        await reviewing.signed_off(world.user("ada@acme.example"), review, "x" * 1_001)
    assert code(refused) == [(ErrorCode.INVALID, ("input", "note"))]


async def test_an_organization_has_only_so_many_in_an_hour(reviewing: Reviewing) -> None:
    world = example()
    await reviewing.fill(world)
    reviewing.writing = replace(
        reviewing.writing, limits=RateLimiter(Rates(create_access_review=RateLimitItemPerHour(1, 1)))
    )
    acme, globex = world.organizations
    ada, staff = world.user("ada@acme.example"), world.users[0]
    await reviewing.made(ada, acme.id)
    for who in (ada, staff):
        with pytest.raises(MutationRejected) as refused:
            await reviewing.made(who, acme.id)
        assert code(refused) == [(ErrorCode.RATE_LIMITED, ("input", "organization"))]
    await reviewing.made(staff, globex.id)


async def test_the_operator_makes_one_without_an_actor(reviewing: Reviewing) -> None:
    await reviewing.fill(example())

    def mutation(work: UnitOfWork) -> Any:
        return access_review_mutations.create_named(work, "Globex")

    found = await reviewing.entries(await run_in_transaction(reviewing.writing, Caller(None), mutation))
    assert {entry.user_email for entry in found} == {"max@globex.example"}
