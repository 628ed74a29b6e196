"""An access review records everybody's access at one moment, can't be changed, and is signed off once."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from asyncpg.exceptions import PostgresError
from hypothesis import HealthCheck, given, settings
from limits import RateLimitItemPerHour
from sqlalchemy import select

from models import AccessKind, AccessReasonKind, AccessReview, AuditKind
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.access_reviews.mutations import (
    create_access_review_by_name,
)
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.mutations.access_reviews.snapshot import GRANTED_UNTIL_ACTIVATION, NO_ACCESS
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.access_reviews import ReviewDatabase
from tests.support.depth import examples
from tests.support.worlds.models import State, World, example, worlds
from tests.support.worlds.oracle import Oracle

pytestmark = pytest.mark.invariant("access_reviews")

AccessSet = set[tuple[UUID, AccessKind, UUID | str | None]]
SINGLE_KINDS = {
    AccessKind.ALL_CONTRACT_ACCOUNTS: (AccessKind.CONTRACT_ACCOUNT, "contract_accounts"),
    AccessKind.ALL_DELIVERY_ACCOUNTS: (AccessKind.DELIVERY_ACCOUNT, "delivery_accounts"),
}


@pytest.fixture
async def database(database_url: str) -> Any:
    database = ReviewDatabase(database_url)
    yield database
    await database.engine.dispose()


def expected(world: World, organization: UUID) -> AccessSet:
    """By the domain page: the effective access of active users, the grants of the others, and all permissions."""
    found: AccessSet = set()
    for user in [member for member in world.users if member.organization_id == organization]:
        access: AccessSet = {(user.id, AccessKind.PERMISSION, permission) for permission in user.permissions}
        for all_kind, (single_kind, name) in SINGLE_KINDS.items():
            if user.state is State.ACTIVE:
                kind = "ContractAccount" if single_kind is AccessKind.CONTRACT_ACCOUNT else "DeliveryAccount"
                access |= {(user.id, single_kind, key) for key in Oracle(world, user).allowed(kind, "view")}
            elif getattr(user, f"all_{name}"):
                access.add((user.id, all_kind, None))
            else:
                access |= {(user.id, single_kind, key) for key in getattr(user, name)}
        found |= access or {(user.id, AccessKind.NOTHING, None)}
    return found


def recorded_access(world: World, organization: UUID, entries: list[Any]) -> AccessSet:
    """The access in the entries, with "all accounts" of active users expanded into single accounts."""
    found: AccessSet = set()
    active = {user.id for user in world.users if user.state is State.ACTIVE}
    for entry in entries:
        kind = AccessKind(entry.kind)
        if kind in SINGLE_KINDS and entry.user_id in active:
            single_kind, name = SINGLE_KINDS[kind]
            accounts = [account.id for account in getattr(world, name) if account.organization_id == organization]
            assert entry.accounts == len(accounts)
            found |= {(entry.user_id, single_kind, account) for account in accounts}
        else:
            found.add((entry.user_id, kind, entry.thing_id or entry.name))
    return found


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
async def test_entries_match_the_domain_page(database_url: str, world: World) -> None:
    database = ReviewDatabase(database_url)
    try:
        await database.fill(world)
        staff = next(user for user in world.users if user.staff)
        for organization in world.organizations:
            entries = await database.entries(await database.create(staff, organization.id))
            wanted = expected(world, organization.id)
            recorded = recorded_access(world, organization.id, entries)
            # A user with access to all accounts has an entry even if there are no accounts.
            assert recorded == {row for row in wanted if row[1] is not AccessKind.NOTHING or row in recorded}
            assert {row[0] for row in wanted} == {entry.user_id for entry in entries}
            assert len({(entry.user_id, entry.kind, entry.thing_id, entry.name) for entry in entries}) == len(entries)
            assert all(entry.why for entry in entries)
            assert all(entry.reasons for entry in entries if entry.kind != AccessKind.NOTHING)
    finally:
        await database.engine.dispose()


async def test_entries_have_reasons(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    ada, (acme, _) = world.user("ada@acme.example"), world.organizations
    entries = await database.entries(await database.create(ada, acme.id))

    def why(email: str, kind: AccessKind, name: str | None) -> str:
        (entry,) = [entry for entry in entries if (entry.user_email, entry.kind, entry.name) == (email, kind, name)]
        assert (entry.rules is None) == (kind is AccessKind.PERMISSION or entry.user_status != "ACTIVE")
        return str(entry.why)

    contract, delivery = AccessKind.CONTRACT_ACCOUNT, AccessKind.DELIVERY_ACCOUNT
    assert why("sue@acme.example", contract, "ACME South") == "grant of ACME South, permission SITES_SERVICES_VIEW"
    assert why("sue@acme.example", delivery, "PEAR Corp").startswith("service SVC-000001, grant of ACME South, ")
    assert why("dan@pear.example", contract, "ACME East").startswith("service SVC-000004, grant of PEAR Corp, ")
    assert "all contract accounts" in why("ada@acme.example", AccessKind.ALL_CONTRACT_ACCOUNTS, None)
    assert why("pat@acme.example", contract, "ACME South") == GRANTED_UNTIL_ACTIVATION
    assert [entry.name for entry in entries if entry.user_email == "ada@acme.example" and entry.kind == contract] == []
    assert not [entry for entry in entries if entry.user_email in ("max@globex.example", "staff@portico.example")]


async def test_reasons_name_what_the_words_name(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    entries = await database.entries(await database.create(world.user("ada@acme.example"), world.organizations[0].id))

    def conditions(email: str, kind: AccessKind, name: str | None) -> set[tuple[str, str | None]]:
        (entry,) = [entry for entry in entries if (entry.user_email, entry.kind, entry.name) == (email, kind, name)]
        (reason,) = entry.reasons
        assert reason["kind"] == AccessReasonKind.POLICY
        return {(condition["kind"], condition.get("name")) for condition in reason["conditions"]}

    viewing = ("PERMISSION", "SITES_SERVICES_VIEW")
    given = ("GRANT", "ACME South")
    contract, delivery = AccessKind.CONTRACT_ACCOUNT, AccessKind.DELIVERY_ACCOUNT
    assert conditions("sue@acme.example", contract, "ACME South") == {given, viewing}
    organization = ("AUDIENCE", "ORGANIZATION")
    connected = {("CONNECTION", "SVC-000001"), given, organization, viewing}
    assert conditions("sue@acme.example", delivery, "PEAR Corp") == connected
    has_all = {("ALL_CONTRACT_ACCOUNTS", None), organization, viewing}
    assert conditions("ada@acme.example", AccessKind.ALL_CONTRACT_ACCOUNTS, None) == has_all
    kinds = {
        "sue@acme.example": AccessReasonKind.GIVEN,
        "pat@acme.example": AccessReasonKind.GIVEN_BEFORE_ACTIVATION,
        "rob@acme.example": AccessReasonKind.GIVEN_BEFORE_REMOVAL,
    }
    for email, kind in kinds.items():
        of_permissions = [entry.reasons for entry in entries if (entry.user_email, entry.kind) == (email, "PERMISSION")]
        assert of_permissions
        assert all(reasons == [{"kind": kind, "conditions": []}] for reasons in of_permissions)


async def test_users_without_access_and_expiries_are_recorded(database: ReviewDatabase) -> None:
    world = example()
    users = [replace(user, permissions=frozenset()) if user.email.startswith("rob") else user for user in world.users]
    users = [replace(user, contract_accounts=frozenset()) if user.email.startswith("rob") else user for user in users]
    await database.fill(replace(world, users=tuple(users)))
    await database.run("UPDATE contract_grants SET ends_at = '2999-01-01' WHERE user_id IN "
                       "(SELECT id FROM users WHERE email = 'sue@acme.example')")  # fmt: skip
    entries = await database.entries(await database.create(world.users[0], world.organizations[0].id))
    (nothing,) = [entry for entry in entries if entry.user_email == "rob@acme.example"]
    recorded = nothing.kind, nothing.why, nothing.reasons, nothing.user_status
    assert recorded == (AccessKind.NOTHING, NO_ACCESS, [], "REMOVED")
    ends = {(entry.kind, entry.name): entry.ends_at for entry in entries if entry.user_email == "sue@acme.example"}
    assert {key for key, ends_at in ends.items() if ends_at} == {
        (AccessKind.CONTRACT_ACCOUNT, "ACME South"),
        (AccessKind.DELIVERY_ACCOUNT, "ACME South"),
        (AccessKind.DELIVERY_ACCOUNT, "PEAR Corp"),
    }


async def test_a_review_is_immutable(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    review = await database.create(world.user("ada@acme.example"), world.organizations[0].id)
    before = await database.entries(review)
    await database.run("UPDATE users SET email = 'new@acme.example' WHERE email = 'sue@acme.example'")
    await database.run("DELETE FROM contract_grants")
    await database.run("UPDATE contract_accounts SET name = 'Renamed'")
    assert await database.entries(review) == before
    for change in (
        "UPDATE access_review_entries SET why = ''",
        "UPDATE access_review_entries SET reasons = NULL",
        "DELETE FROM access_review_entries",
        "TRUNCATE access_review_entries",
        "DELETE FROM access_reviews",
        "UPDATE access_reviews SET policy_version = 'other'",
        "UPDATE access_reviews SET created_by_id = NULL, signed_off_at = now(), signed_off_by_id = id",
    ):
        with pytest.raises(PostgresError):
            await database.run(change)
    assert await database.entries(review) == before


async def test_a_review_changes_only_until_it_is_complete(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    review = await database.request(world.user("ada@acme.example"), world.organizations[0].id)
    for change in (
        "UPDATE access_reviews SET organization_id = id WHERE state = 'PENDING'",
        "UPDATE access_reviews SET signed_off_at = now(), signed_off_by_id = id WHERE state = 'PENDING'",
        "UPDATE access_reviews SET state = 'COMPLETE' WHERE state = 'PENDING'",
        "UPDATE access_reviews SET state = 'FAILED' WHERE state = 'PENDING'",
    ):
        with pytest.raises(PostgresError):
            await database.run(change)
    assert await record_next(database.writing, Caller())
    for state in ("PENDING", "RUNNING", "FAILED"):
        with pytest.raises(PostgresError):
            await database.run(f"UPDATE access_reviews SET state = '{state}', recorded_at = NULL WHERE id = '{review}'")


def codes(rejection: Any) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    return [(problem.code, problem.path) for problem in rejection.value.problems]


async def test_only_one_of_several_concurrent_sign_offs_succeeds(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    ada, staff = world.user("ada@acme.example"), world.users[0]
    review = await database.create(ada, world.organizations[0].id)
    results = await asyncio.gather(
        *(database.sign_off(user, review, "Checked") for user in (ada, staff, ada, staff)), return_exceptions=True
    )
    assert results.count(review) == 1
    rejections = [result for result in results if isinstance(result, MutationRejected)]
    assert [[problem.code for problem in rejection.problems] for rejection in rejections] == [
        [ErrorCode.ALREADY_SIGNED_OFF]
    ] * 3
    async with database.engine.connect() as connection:
        (row,) = (await connection.execute(select(AccessReview.__table__).where(AccessReview.id == review))).all()
    assert row.signed_off_by_id in (ada.id, staff.id)
    assert row.note == "Checked"
    with pytest.raises(PostgresError):
        await database.run("UPDATE access_reviews SET note = 'other' WHERE signed_off_at IS NOT NULL")
    kinds = [row["kind"] for row in await database.run("SELECT kind FROM audit_events WHERE number > 0 ORDER BY id")]
    assert (
        kinds.count(AuditKind.ACCESS_REVIEW_SIGNED_OFF)
        - len([event for event in world.events if event.kind is AuditKind.ACCESS_REVIEW_SIGNED_OFF])
        == 1
    )


async def test_callers_without_permission_are_rejected(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    acme, globex = world.organizations
    review = await database.create(world.user("ada@acme.example"), acme.id)
    sam, maxine = world.user("sam@acme.example"), world.user("max@globex.example")
    for user, organization, expected_code in (
        (sam, acme.id, ErrorCode.FORBIDDEN),
        (maxine, acme.id, ErrorCode.NOT_FOUND),
        (sam, globex.id, ErrorCode.NOT_FOUND),
        (sam, None, ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(MutationRejected) as rejection:
            await database.create(user, organization)
        assert codes(rejection) == [(expected_code, ("input", "organization"))]
    for user in (sam, maxine):
        with pytest.raises(MutationRejected) as rejection:
            await database.sign_off(user, review)
        assert codes(rejection) == [(ErrorCode.NOT_FOUND, ("input", "id"))]
    for note in ("x" * 1_001, "a\tb", "\u202eelbat eht ot ffo dengiS", "\u3164"):
        with pytest.raises(MutationRejected) as rejection:
            await database.sign_off(world.user("ada@acme.example"), review, note)
        assert codes(rejection) == [(ErrorCode.INVALID, ("input", "note"))]


async def test_reviews_of_an_organization_are_rate_limited(database: ReviewDatabase) -> None:
    world = example()
    await database.fill(world)
    database.writing = replace(
        database.writing, limits=RateLimiter(Rates(create_access_review=RateLimitItemPerHour(1, 1)))
    )
    acme, globex = world.organizations
    ada, staff = world.user("ada@acme.example"), world.users[0]
    await database.create(ada, acme.id)
    for user in (ada, staff):
        with pytest.raises(MutationRejected) as rejection:
            await database.create(user, acme.id)
        assert codes(rejection) == [(ErrorCode.RATE_LIMITED, ("input", "organization"))]
    await database.create(staff, globex.id)


async def test_the_operator_creates_a_review_without_an_actor(database: ReviewDatabase) -> None:
    await database.fill(example())

    def mutation(work: UnitOfWork) -> Any:
        return create_access_review_by_name(work, "Globex")

    review = await run_in_transaction(database.writing, Caller(None), mutation)
    assert await record_next(database.writing, Caller())
    entries = await database.entries(review)
    assert {entry.user_email for entry in entries} == {"max@globex.example"}
