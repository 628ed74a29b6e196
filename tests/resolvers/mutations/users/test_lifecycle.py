"""Resending activations, removing and restoring users: the effects, and the rejections without effect."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.identity.hashing import derive_token
from resolvers.mutations.users.activate import activate_user
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.outbox_queue import claim
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction, unit_of_work
from tests.support.resolver_fixtures import (
    SECRET_KEY,
    Change,
    caller,
    changes_of,
    is_blocked,
    make,
    new_user,
    problems,
    refused,
    rows,
    run,
)

pytestmark = [pytest.mark.invariant("last_admin"), pytest.mark.invariant("removed_users")]

PASSWORD = "seven blue kettles sing"
LATER_BY_SEVEN_DAYS = (
    "SELECT expires_at - now() > interval '6 days 23 hours' AS full FROM one_time_tokens WHERE id = :id"
)


async def run_change(writing: MutationContext, admin: str, change: Change, email: str) -> UUID:
    actor = await caller(writing, admin)
    return await run_in_transaction(writing, actor, lambda work: change(work, named_key(email)))


async def status(writing: MutationContext, email: str) -> tuple[bool, bool, bool]:
    """Whether the user has a password, is activated, is removed."""
    flags = "SELECT password_hash IS NOT NULL, activated_at IS NOT NULL, removed_at IS NOT NULL FROM users"
    [row] = await rows(writing, f"{flags} WHERE email = :email", email=email)
    return row[0], row[1], row[2]


async def open_tokens(writing: MutationContext, email: str) -> list[UUID]:
    statement = "SELECT id FROM one_time_tokens WHERE user_id = :id AND used_at IS NULL AND revoked_at IS NULL"
    return [row.id for row in await rows(writing, statement, id=named_key(email))]


async def activate(writing: MutationContext, email: str, token_id: UUID) -> None:
    """Follow the link `token_id`."""
    token = derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, token_id, named_key(ACME))
    anonymous = replace(await caller(writing, email), actor=None, credential=None)
    await activate_user(writing, anonymous, token, PASSWORD)


@pytest.mark.parametrize("email", ["pat@acme.example", "eve@acme.example"])
async def test_a_new_link_replaces_the_old_one(writing: MutationContext, email: str) -> None:
    """Before the old one has expired (Pat), and after (Eve)."""
    [old] = await open_tokens(writing, email)
    await run_change(writing, "ada@acme.example", resend_activation, email)
    [new] = await open_tokens(writing, email)
    assert new != old
    assert (await rows(writing, LATER_BY_SEVEN_DAYS, id=new))[0].full
    mails = await rows(
        writing,
        "SELECT status, one_time_token_id FROM outbox_mails WHERE user_id = :id ORDER BY id",
        id=named_key(email),
    )
    assert tuple(mails[-1]) == ("QUEUED", new)
    assert [mail.status for mail in mails[:-1]] == ["FAILED" if email.startswith("pat") else "SENT"]
    with pytest.raises(MutationRejected) as dead:
        await activate(writing, "ada@acme.example", old)
    assert problems(dead.value) == [("TOKEN_INVALID", "input.token")]
    await activate(writing, "ada@acme.example", new)
    assert await status(writing, email) == (True, True, False)
    kind = "user.activation_resent"
    expired = {"status": ["EXPIRED", "PENDING"]} if email.startswith("eve") else None
    assert await changes_of(writing, kind, named_key(email)) == [expired]


async def test_resending_never_shortens_the_remaining_time(writing: MutationContext) -> None:
    """Not even if the operator has shortened the lifetime since."""
    email = "pat@acme.example"
    [before] = await rows(writing, "SELECT expires_at FROM one_time_tokens WHERE user_id = :id", id=named_key(email))
    lifetimes = replace(writing.lifetimes, activation=timedelta(hours=1))
    await run_change(replace(writing, lifetimes=lifetimes), "sam@acme.example", resend_activation, email)
    [token] = await open_tokens(writing, email)
    [after] = await rows(writing, "SELECT expires_at FROM one_time_tokens WHERE id = :id", id=token)
    assert after.expires_at == before.expires_at


async def test_a_mail_that_is_being_sent_blocks_nobody(writing: MutationContext) -> None:
    async with claim(writing.engine) as sending:
        assert sending is not None
        await run_change(writing, "ada@acme.example", remove_user, sending.mail.recipient)
        await sending.sent("250 OK")
    [mail] = await rows(writing, "SELECT status FROM outbox_mails WHERE id = :id", id=sending.mail.id)
    assert mail.status == "SENT"
    assert await open_tokens(writing, sending.mail.recipient) == []


async def test_removal_ends_all_access_and_keeps_the_email(writing: MutationContext) -> None:
    pat = "pat@acme.example"
    admin = await caller(writing, "ada@acme.example")
    await caller(writing, "sue@acme.example")
    for email in (pat, "sue@acme.example"):
        await run_change(writing, "ada@acme.example", remove_user, email)
        sessions = "SELECT 1 FROM sessions WHERE user_id = :id"
        assert await rows(writing, sessions, id=named_key(email)) == []
        assert await open_tokens(writing, email) == []
    assert await status(writing, pat) == (False, False, True)
    assert await status(writing, "sue@acme.example") == (True, True, True)
    [mail] = await rows(writing, "SELECT status, server_reply FROM outbox_mails WHERE user_id = :id", id=named_key(pat))
    assert tuple(mail) == ("FAILED", "Cancelled: the user was removed.")
    assert await changes_of(writing, "user.removed", named_key(pat)) == [{"status": ["PENDING", "REMOVED"]}]
    with pytest.raises(MutationRejected) as taken:
        await make(writing, admin, new_user(email=pat))
    assert problems(taken.value) == [("EMAIL_TAKEN", "input.email")]


async def test_a_restored_user_starts_over_with_their_old_access(writing: MutationContext) -> None:
    email, access = "sue@acme.example", "SELECT contract_account_id FROM contract_grants WHERE user_id = :id"
    before = await rows(writing, access, id=named_key(email))
    await run_change(writing, "sam@acme.example", remove_user, email)
    await run_change(writing, "sam@acme.example", restore_user, email)
    assert await status(writing, email) == (False, False, False)
    assert await rows(writing, access, id=named_key(email)) == before
    [token] = await open_tokens(writing, email)
    assert (await rows(writing, LATER_BY_SEVEN_DAYS, id=token))[0].full
    [mail] = await rows(writing, "SELECT status FROM outbox_mails WHERE one_time_token_id = :id", id=token)
    assert mail.status == "QUEUED"
    assert await changes_of(writing, "user.restored", named_key(email)) == [{"status": ["REMOVED", "PENDING"]}]
    await activate(writing, "ada@acme.example", token)
    assert await status(writing, email) == (True, True, False)


async def test_restoring_a_user_ends_old_sessions(writing: MutationContext) -> None:
    """Removed by a direct UPDATE, which leaves a session open."""
    email = "sue@acme.example"
    await caller(writing, email)
    await run(writing, "UPDATE users SET removed_at = now() WHERE email = :email", email=email)
    await run_change(writing, "ada@acme.example", restore_user, email)
    assert await rows(writing, "SELECT 1 FROM sessions WHERE user_id = :id", id=named_key(email)) == []


@pytest.mark.parametrize(
    ("admin", "change", "email", "code"),
    [
        ("ada@acme.example", resend_activation, "sue@acme.example", ErrorCode.ALREADY_ACTIVE),
        ("ada@acme.example", resend_activation, "rob@acme.example", ErrorCode.ALREADY_REMOVED),
        ("ada@acme.example", remove_user, "rob@acme.example", ErrorCode.ALREADY_REMOVED),
        ("ada@acme.example", restore_user, "sue@acme.example", ErrorCode.NOT_REMOVED),
        ("ada@acme.example", restore_user, "pat@acme.example", ErrorCode.NOT_REMOVED),
        ("ada@acme.example", remove_user, "ada@acme.example", ErrorCode.LAST_ADMIN),
        ("sam@acme.example", remove_user, "ada@acme.example", ErrorCode.FORBIDDEN),
        ("sam@acme.example", remove_user, "ben@acme.example", ErrorCode.FORBIDDEN),
        ("sam@acme.example", resend_activation, "ben@acme.example", ErrorCode.FORBIDDEN),
        ("ben@acme.example", remove_user, "ben@acme.example", ErrorCode.FORBIDDEN),
        ("staff@portico.example", remove_user, "sue@acme.example", ErrorCode.FORBIDDEN),
        ("sam@acme.example", resend_activation, "eve@acme.example", ErrorCode.NOT_FOUND),
        ("ben@acme.example", remove_user, "sue@acme.example", ErrorCode.NOT_FOUND),
        ("ada@acme.example", remove_user, "max@globex.example", ErrorCode.NOT_FOUND),
        ("ada@acme.example", remove_user, "staff@portico.example", ErrorCode.NOT_FOUND),
    ],
)
async def test_a_rejection_has_a_reason_and_changes_nothing(
    shared: MutationContext, admin: str, change: Change, email: str, code: ErrorCode
) -> None:
    result = await refused(shared, admin, change, named_key(email))
    assert [(problem.code, problem.path) for problem in result] == [(code, ("input", "id"))]


@pytest.mark.parametrize("change", [resend_activation, remove_user, restore_user])
async def test_an_invisible_user_looks_like_an_unknown_one(shared: MutationContext, change: Change) -> None:
    """Unknown, another organization's, inaccessible, or an id of another type: exactly the same response."""
    unknown = await refused(shared, "sam@acme.example", change, uuid4())
    assert [problem.code for problem in unknown] == [ErrorCode.NOT_FOUND]
    for user_id in (named_key("max@globex.example"), named_key("eve@acme.example"), None):
        assert await refused(shared, "sam@acme.example", change, user_id) == unknown


async def test_a_limited_admin_cannot_restore_a_user_with_more_access(writing: MutationContext) -> None:
    rob, wider = named_key("rob@acme.example"), "UPDATE users SET all_contract_accounts = true WHERE id = :id"
    await run(writing, wider, id=rob)
    result = await refused(writing, "sam@acme.example", restore_user, rob)
    assert [problem.code for problem in result] == [ErrorCode.FORBIDDEN]


async def second_admin(writing: MutationContext, email: str = "ben@acme.example") -> None:
    """Makes Ben an admin, who has all contract accounts."""
    add = "INSERT INTO user_permissions (user_id, organization_id, permission)"
    await run(
        writing,
        f"{add} SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = :email",
        email=email,
    )


async def test_an_admin_may_be_removed_if_another_stays(writing: MutationContext) -> None:
    await second_admin(writing)
    await run_change(writing, "ada@acme.example", remove_user, "ada@acme.example")
    result = await refused(writing, "ben@acme.example", remove_user, named_key("ben@acme.example"))
    assert [problem.code for problem in result] == [ErrorCode.LAST_ADMIN]


@pytest.mark.parametrize("lost", ["activated_at = NULL", "removed_at = now()", "audience = 'DELIVERY'"])
async def test_an_inactive_or_limited_admin_does_not_count_as_another_admin(
    writing: MutationContext, lost: str
) -> None:
    await second_admin(writing)
    await run(writing, f"UPDATE users SET {lost} WHERE email = 'ben@acme.example'")
    result = await refused(writing, "ada@acme.example", remove_user, named_key("ada@acme.example"))
    assert [problem.code for problem in result] == [ErrorCode.LAST_ADMIN]


async def test_of_two_admins_removed_concurrently_one_stays(writing: MutationContext) -> None:
    await second_admin(writing)
    ada, ben = await caller(writing, "ada@acme.example"), await caller(writing, "ben@acme.example")
    async with unit_of_work(writing, ada) as work:
        await remove_user(work, named_key("ada@acme.example"))
        leaving = asyncio.create_task(
            run_in_transaction(writing, ben, lambda other: remove_user(other, named_key("ben@acme.example")))
        )
        assert await is_blocked(writing, leaving)
    with pytest.raises(MutationRejected) as last:
        await leaving
    assert problems(last.value) == [("LAST_ADMIN", "input.id")]
    assert await status(writing, "ben@acme.example") == (True, True, False)


async def test_two_admins_cannot_both_remove_each_other(writing: MutationContext) -> None:
    await second_admin(writing)
    await run(
        writing,
        "DELETE FROM user_permissions WHERE user_id = :id AND permission NOT IN "
        "(SELECT permission FROM user_permissions WHERE user_id = :ben)",
        id=named_key("ada@acme.example"),
        ben=named_key("ben@acme.example"),
    )
    await run(writing, "UPDATE users SET all_delivery_accounts = false WHERE email = 'ada@acme.example'")
    ada, ben = await caller(writing, "ada@acme.example"), await caller(writing, "ben@acme.example")
    results = await asyncio.gather(
        run_in_transaction(writing, ada, lambda work: remove_user(work, named_key("ben@acme.example"))),
        run_in_transaction(writing, ben, lambda work: remove_user(work, named_key("ada@acme.example"))),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert [problems(result) for result in results if isinstance(result, MutationRejected)] == [
        [("UNAUTHENTICATED", "")]
    ]
