"""Creating a user: what is stored, what is rejected, and that a rejection leaves nothing behind."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from limits import RateLimitItemPerMinute

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import Audience, Permission, TokenPurpose, UserKind
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import (
    ADDRESS,
    EAST,
    GLOBEX_CONTRACT,
    GLOBEX_DELIVERY,
    NORTH,
    NORTH_OFFICE,
    PEAR,
    SECRET_KEY,
    SOUTH,
    caller,
    contents,
    is_blocked,
    make,
    new_user,
    problems,
    rows,
    run,
)

pytestmark = pytest.mark.invariant("assignability")


async def problems_of_creation(writing: MutationContext, admin: str, /, **details: Any) -> list[tuple[str, str]]:
    """The problems of `admin` creating a user with `details`, which must change nothing."""
    actor = await caller(writing, admin)
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await make(writing, actor, new_user(**details))
    assert await contents(writing) == before
    return problems(rejection.value)


async def test_a_new_user_is_pending_with_the_given_values(writing: MutationContext) -> None:
    values = new_user(
        first_name="  Nora ",
        phone="+4687654321",
        country="SE",
        permissions=(Permission.SUPPORT_VIEW, Permission.SUPPORT_VIEW),
        contract_accounts=(SOUTH, EAST, SOUTH),
        delivery_accounts=(PEAR, PEAR),
    )
    user_id = await make(writing, await caller(writing, "ada@acme.example"), values)
    [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=user_id)
    assert (user.organization_id, user.email, user.kind, user.audience) == (
        named_key(ACME),
        "nora@acme.example",
        "PERSONAL",
        "ORGANIZATION",
    )
    assert (user.first_name, user.last_name, user.phone, user.country) == ("Nora", "Nilsson", "+4687654321", "SE")
    assert (user.password_hash, user.activated_at, user.all_contract_accounts) == (None, None, False)
    granted = await rows(
        writing,
        "SELECT permission FROM user_permissions WHERE user_id = :id "
        "UNION ALL SELECT contract_account_id::text FROM contract_grants WHERE user_id = :id "
        "UNION ALL SELECT delivery_account_id::text FROM delivery_grants WHERE user_id = :id",
        id=user_id,
    )
    expected = ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", str(SOUTH), str(EAST), str(PEAR)]
    assert sorted(row[0] for row in granted) == sorted(expected)


async def test_link_mail_and_audit_event_are_stored_with_the_user(writing: MutationContext) -> None:
    actor = await caller(writing, "ada@acme.example")
    user_id = await make(writing, actor, new_user())
    [token] = await rows(
        writing,
        "SELECT *, expires_at - created_at AS lifetime FROM one_time_tokens WHERE user_id = :id",
        id=user_id,
    )
    assert (token.purpose, token.used_at, token.revoked_at, token.lifetime.days) == ("ACTIVATION", None, None, 7)
    assert token.token_hash == token_hash(derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, token.id, token.tenant_id))
    [mail] = await rows(writing, "SELECT * FROM outbox_mails WHERE user_id = :id", id=user_id)
    assert (mail.recipient, mail.status, mail.one_time_token_id) == ("nora@acme.example", "QUEUED", token.id)
    assert mail.message_id.endswith("@portico.example>")
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE subject_id = :id", id=user_id)
    assert actor.actor is not None
    assert (event.kind, event.actor_id, event.organization_id) == ("user.created", actor.actor.id, named_key(ACME))
    assert (event.request_id, event.address, event.policy_version) == ("req_1", ADDRESS, writing.policy.version)
    assert event.changes["email"] == [None, "nora@acme.example"]
    assert event.changes["contractAccounts"] == [None, [f"ca_{SOUTH}"]]
    assert event.changes["permissions"] == [None, ["SITES_SERVICES_VIEW"]]


async def test_a_user_of_a_delivery_account(writing: MutationContext) -> None:
    values = new_user(
        kind=UserKind.GROUP,
        audience=Audience.DELIVERY,
        all_contract_accounts=True,
        contract_accounts=(),
        delivery_accounts=(PEAR,),
    )
    user_id = await make(writing, await caller(writing, "dan@pear.example"), values)
    [user] = await rows(writing, "SELECT kind, audience, all_contract_accounts FROM users WHERE id = :id", id=user_id)
    assert tuple(user) == ("GROUP", "DELIVERY", True)


@pytest.mark.parametrize("email", ["ben@acme.example", "pia@pear.example", "staff@portico.example"])
async def test_a_caller_who_manages_no_users_gets_no_other_problems(shared: MutationContext, email: str) -> None:
    assert await problems_of_creation(shared, email, email="ada@acme.example", first_name="") == [
        ("FORBIDDEN", "input")
    ]


async def test_all_problems_are_reported_together_with_their_paths(shared: MutationContext) -> None:
    result = await problems_of_creation(
        shared,
        "sam@acme.example",
        email="ada@acme.example",
        first_name="",
        last_name="x" * 101,
        phone="0201234567",
        country="nl",
        permissions=(Permission.SUPPORT_VIEW, Permission.BILLING_VIEW, Permission.SITES_SERVICES_VIEW),
        contract_accounts=(SOUTH, EAST, uuid4()),
        delivery_accounts=(NORTH_OFFICE, PEAR),
        all_contract_accounts=True,
        all_delivery_accounts=True,
    )
    assert result == [
        ("INVALID", "input.firstName"),
        ("INVALID", "input.lastName"),
        ("INVALID", "input.phone"),
        ("INVALID", "input.country"),
        ("EMAIL_TAKEN", "input.email"),
        ("INVALID", "input.contractAccounts"),
        ("INVALID", "input.deliveryAccounts"),
        ("NOT_ASSIGNABLE", "input.permissions.1"),
        ("NOT_ASSIGNABLE", "input.allContractAccounts"),
        ("NOT_ASSIGNABLE", "input.allDeliveryAccounts"),
        ("NOT_ASSIGNABLE", "input.contractAccounts.1"),
        ("NOT_ASSIGNABLE", "input.contractAccounts.2"),
        ("NOT_ASSIGNABLE", "input.deliveryAccounts.0"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("email", "NORA@acme.example", "email"),
        ("email", "nora", "email"),
        ("email", "nora@acme.example\nbcc: x@y.example", "email"),
        ("email", "n\0ra@acme.example", "email"),
        ("email", "n\ud800ra@acme.example", "email"),
        ("email", "n" * 250 + "@a.example", "email"),
        ("first_name", " \t ", "firstName"),
        ("first_name", "No\0ra", "firstName"),
        ("first_name", "Nora\r\nBcc: x", "firstName"),
        ("last_name", "Nils\udfffson", "lastName"),
        ("phone", "+49 30 1234", "phone"),
        ("phone", "+4930123456789012345", "phone"),
        ("country", "SWE", "country"),
    ],
)
async def test_invalid_values_are_rejected_by_field(shared: MutationContext, field: str, value: str, path: str) -> None:
    assert await problems_of_creation(shared, "ada@acme.example", **{field: value}) == [("INVALID", f"input.{path}")]


@pytest.mark.parametrize("account", [uuid4(), GLOBEX_CONTRACT, PEAR, NORTH, None])
async def test_an_unassignable_account_looks_like_an_unknown_one(shared: MutationContext, account: UUID | None) -> None:
    """Unknown, another organization's, of the wrong type, inaccessible, no id: exactly the same response."""
    actor = await caller(shared, "sam@acme.example")
    with pytest.raises(MutationRejected) as unknown:
        await make(shared, actor, new_user(contract_accounts=(uuid4(),)))
    with pytest.raises(MutationRejected) as rejection:
        await make(shared, actor, new_user(contract_accounts=(account,)))
    assert rejection.value.problems == unknown.value.problems


@pytest.mark.parametrize("account", [uuid4(), GLOBEX_DELIVERY, SOUTH, NORTH_OFFICE])
async def test_an_unassignable_delivery_account_is_rejected(shared: MutationContext, account: UUID) -> None:
    result = await problems_of_creation(shared, "sam@acme.example", delivery_accounts=(PEAR, account))
    assert result == [("NOT_ASSIGNABLE", "input.deliveryAccounts.1")]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"delivery_accounts": ()}, [("INVALID", "input.deliveryAccounts")]),
        ({"all_delivery_accounts": True}, [("INVALID", "input.allDeliveryAccounts")]),
    ],
)
async def test_a_user_of_the_delivery_audience_needs_a_list_of_delivery_accounts(
    shared: MutationContext, details: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert await problems_of_creation(shared, "ada@acme.example", audience=Audience.DELIVERY, **details) == expected


async def test_an_end_customers_admin_creates_end_customers_users_only(shared: MutationContext) -> None:
    result = await problems_of_creation(shared, "dan@pear.example", delivery_accounts=(PEAR,))
    assert result == [("NOT_ASSIGNABLE", "input.audience")]


async def test_a_limited_admin_cannot_create_a_user_they_would_not_see(shared: MutationContext) -> None:
    assert await problems_of_creation(shared, "sam@acme.example", contract_accounts=()) == [
        ("INVALID", "input.contractAccounts")
    ]


@pytest.mark.parametrize("email", ["max@globex.example", "rob@acme.example", "sue@acme.example"])
async def test_an_email_is_taken_whoever_has_it(shared: MutationContext, email: str) -> None:
    assert await problems_of_creation(shared, "sam@acme.example", email=email) == [("EMAIL_TAKEN", "input.email")]


@pytest.mark.parametrize("details", [{"first_name": ""}, {"contract_accounts": ()}])
async def test_rejections_cannot_be_used_to_probe_emails(shared: MutationContext, details: dict[str, Any]) -> None:
    few = replace(shared, limits=RateLimiter(Rates(create_user=RateLimitItemPerMinute(2, 1))))
    assert {code for code, _ in await problems_of_creation(few, "sam@acme.example", **details)} == {"INVALID"}
    assert ("EMAIL_TAKEN", "input.email") in await problems_of_creation(
        few, "sam@acme.example", email="max@globex.example"
    )
    for email in ("max@globex.example", "nobody@globex.example"):
        limited = await problems_of_creation(few, "sam@acme.example", email=email, **details)
        assert limited == [("RATE_LIMITED", "input.email")]
    assert {code for code, _ in await problems_of_creation(few, "ada@acme.example", first_name="")} == {"INVALID"}


async def test_created_users_do_not_count_as_rejections(writing: MutationContext) -> None:
    few = replace(writing, limits=RateLimiter(Rates(create_user=RateLimitItemPerMinute(1, 1))))
    ada = await caller(few, "ada@acme.example")
    for number in range(3):
        await make(few, ada, new_user(email=f"nora{number}@acme.example"))


async def test_of_concurrent_creations_with_one_email_one_succeeds(writing: MutationContext) -> None:
    ada, sam, max_ = [await caller(writing, f"{actor}.example") for actor in ("ada@acme", "sam@acme", "max@globex")]
    acme_user, globex_user = new_user(), new_user(contract_accounts=(GLOBEX_CONTRACT,))
    attempts = [(actor, globex_user if actor is max_ else acme_user) for actor in (ada, sam, max_) * 2]
    results = await asyncio.gather(*(make(writing, actor, user) for actor, user in attempts), return_exceptions=True)
    assert sum(isinstance(result, UUID) for result in results) == 1
    rejections = [problems(result) for result in results if isinstance(result, MutationRejected)]
    assert rejections == [[("EMAIL_TAKEN", "input.email")]] * 5
    assert len(await rows(writing, "SELECT 1 FROM outbox_mails WHERE recipient = 'nora@acme.example'")) == 1


async def test_an_anonymous_caller_creates_nobody(shared: MutationContext) -> None:
    ada = await caller(shared, "ada@acme.example")
    before = await contents(shared)
    with pytest.raises(MutationRejected) as rejection:
        await make(shared, replace(ada, actor=None, credential=None), new_user())
    assert problems(rejection.value) == [("UNAUTHENTICATED", "")]
    assert await contents(shared) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE users SET removed_at = now() WHERE id = :id", "UNAUTHENTICATED"),
        ("DELETE FROM sessions WHERE user_id = :id", "UNAUTHENTICATED"),
        ("DELETE FROM user_permissions WHERE user_id = :id AND permission = 'USER_MANAGEMENT'", "FORBIDDEN"),
        ("DELETE FROM contract_grants WHERE user_id = :id", "NOT_ASSIGNABLE"),
    ],
)
async def test_access_that_the_admin_has_lost_meanwhile_is_not_usable(
    writing: MutationContext, change: str, code: str
) -> None:
    """The caller's actor is from an earlier request; the database is read again."""
    sam = await caller(writing, "sam@acme.example")
    assert sam.actor is not None
    await run(writing, change, id=sam.actor.id)
    with pytest.raises(MutationRejected) as rejection:
        await make(writing, sam, new_user())
    assert [code_ for code_, _ in problems(rejection.value)] == [code]


async def test_access_that_is_being_removed_concurrently_is_not_usable(writing: MutationContext) -> None:
    """The creation waits for the other transaction and then sees that the permission has been removed."""
    sam = await caller(writing, "sam@acme.example")
    assert sam.actor is not None
    async with writing.engine.connect() as other:
        await other.exec_driver_sql(
            "DELETE FROM user_permissions WHERE permission = 'USER_MANAGEMENT' AND user_id = $1", (sam.actor.id,)
        )
        creation = asyncio.create_task(make(writing, sam, new_user()))
        assert await is_blocked(writing, creation)
        await other.commit()
    with pytest.raises(MutationRejected) as rejection:
        await creation
    assert problems(rejection.value) == [("FORBIDDEN", "input")]
