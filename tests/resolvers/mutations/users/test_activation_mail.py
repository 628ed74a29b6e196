"""The activation link: good once, for seven days, for its own purpose, and only for setting a password."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio

from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import derive_token, verify_password
from resolvers.identity.one_time_tokens import LinkStatus, TokenState, check_link, issue
from resolvers.identity.sessions import sign_in
from resolvers.mutations.users.activate import activate
from resolvers.mutations.users.lifecycle import resend_activation
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction, unit_of_work
from tests.support.resolver_fixtures import (
    SECRET_KEY,
    caller,
    contents,
    is_blocked,
    make,
    new_user,
    problems,
    rows,
    run,
)

PASSWORD = "a lamp, 4 herons & rain"
VISITOR = Caller(request_id="req_2", address="192.0.2.9")


@pytest_asyncio.fixture
async def token(writing: MutationContext) -> str:
    """The token in the link that a new user, nora@acme.example, was sent."""
    await make(writing, await caller(writing, "ada@acme.example"), new_user())
    return await newest_token(writing)


async def newest_token(writing: MutationContext) -> str:
    [row] = await rows(writing, "SELECT id, purpose FROM one_time_tokens ORDER BY id DESC LIMIT 1")
    return derive_token(SECRET_KEY, TokenPurpose(row.purpose), row.id)


async def key_of_nora(writing: MutationContext) -> UUID:
    [row] = await rows(writing, "SELECT id FROM users WHERE email = 'nora@acme.example'")
    key: UUID = row.id
    return key


async def use(writing: MutationContext, token: str, password: str = PASSWORD) -> UUID:
    return await run_in_transaction(writing, VISITOR, lambda work: activate(work, token, password))


async def refusal(writing: MutationContext, token: str, password: str = PASSWORD) -> list[tuple[str, str]]:
    """What somebody is told who uses `token`; nothing may have been changed by it."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as refused:
        await use(writing, token, password)
    assert await contents(writing) == before
    return problems(refused.value)


async def worth(writing: MutationContext, token: str) -> LinkStatus:
    async with writing.engine.connect() as connection:
        return await check_link(connection, token, TokenPurpose.ACTIVATION)


async def test_the_link_opens_the_account_once(writing: MutationContext, token: str) -> None:
    user_id = await use(writing, token)
    [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=user_id)
    assert user.email == "nora@acme.example"
    assert user.activated_at is not None
    assert await verify_password(user.password_hash, PASSWORD)
    assert await refusal(writing, token) == [("TOKEN_INVALID", "input.token")]
    signed_in = await sign_in(writing, VISITOR, "nora@acme.example", PASSWORD)
    assert signed_in.actor.id == user_id


async def test_activation_is_in_the_trail_without_the_password(writing: MutationContext, token: str) -> None:
    user_id = await use(writing, token)
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE kind = 'user.activated'")
    assert (event.subject_id, event.actor_id, event.address) == (user_id, user_id, VISITOR.address)
    everything = str(await contents(writing))
    assert PASSWORD not in everything
    assert token not in everything


async def test_looking_at_the_link_uses_nothing_up(writing: MutationContext, token: str) -> None:
    before = await contents(writing)
    for _ in range(2):
        assert await worth(writing, token) == LinkStatus(TokenState.VALID, "nora@acme.example")
    assert await contents(writing) == before
    await use(writing, token)
    assert await worth(writing, token) == LinkStatus(TokenState.INVALID)


async def test_of_two_who_use_the_link_at_once_one_gets_in(writing: MutationContext, token: str) -> None:
    results = await asyncio.gather(*(use(writing, token, f"{PASSWORD} {n}") for n in range(3)), return_exceptions=True)
    assert sum(isinstance(result, UUID) for result in results) == 1
    refusals = [problems(result) for result in results if isinstance(result, MutationRejected)]
    assert refusals == [[("TOKEN_INVALID", "input.token")]] * 2
    assert len(await rows(writing, "SELECT 1 FROM audit_events WHERE kind = 'user.activated'")) == 1


async def test_after_its_time_the_holder_is_told_that_it_has_expired(writing: MutationContext, token: str) -> None:
    await run(writing, "UPDATE one_time_tokens SET expires_at = now() - interval '1 second'")
    assert await refusal(writing, token) == [("TOKEN_EXPIRED", "input.token")]
    assert await worth(writing, token) == LinkStatus(TokenState.EXPIRED, "nora@acme.example")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE one_time_tokens SET revoked_at = now()",
        "UPDATE one_time_tokens SET revoked_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE one_time_tokens SET used_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE users SET removed_at = now() WHERE email = 'nora@acme.example'",
    ],
)
async def test_a_link_that_was_replaced_or_whose_user_is_removed_is_dead(
    writing: MutationContext, token: str, change: str
) -> None:
    await run(writing, change)
    assert await refusal(writing, token) == [("TOKEN_INVALID", "input.token")]
    assert await worth(writing, token) == LinkStatus(TokenState.INVALID)


@pytest.mark.parametrize("forged", ["", "x", "\0", "\ud800", "A" * 43, "é" * 100_000])
async def test_what_is_no_token_is_refused(writing: MutationContext, forged: str) -> None:
    assert await refusal(writing, forged) == [("TOKEN_INVALID", "input.token")]
    assert await worth(writing, forged) == LinkStatus(TokenState.INVALID)


async def test_a_token_for_another_purpose_activates_nothing(writing: MutationContext, token: str) -> None:
    [user] = await rows(writing, "SELECT id FROM users WHERE email = 'nora@acme.example'")
    lifetime = writing.lifetimes.activation
    await run_in_transaction(writing, VISITOR, lambda work: issue(work, user.id, TokenPurpose.PASSWORD_RESET, lifetime))
    assert await refusal(writing, await newest_token(writing)) == [("TOKEN_INVALID", "input.token")]


@pytest.mark.parametrize(
    "password",
    ["", "short", "password1234", "nora nilsson", "portico portico", "a" * 1025, "é" * 513, "lone \ud800 surrogate"],
)
async def test_a_weak_password_leaves_the_link_good(writing: MutationContext, token: str, password: str) -> None:
    assert await refusal(writing, token, password) == [("PASSWORD_TOO_WEAK", "input.password")]
    await use(writing, token)


async def test_removal_that_comes_first_wins(writing: MutationContext, token: str) -> None:
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET removed_at = now() WHERE email = 'nora@acme.example'")
        using = asyncio.create_task(use(writing, token))
        assert await is_blocked(writing, using)
        await other.commit()
    with pytest.raises(MutationRejected) as refused:
        await using
    assert problems(refused.value) == [("TOKEN_INVALID", "input.token")]


async def test_a_link_that_is_being_replaced_opens_nothing(writing: MutationContext, token: str) -> None:
    ada, nora = await caller(writing, "ada@acme.example"), await key_of_nora(writing)
    async with unit_of_work(writing, ada) as work:
        await resend_activation(work, nora)
        using = asyncio.create_task(use(writing, token))
        assert await is_blocked(writing, using)
    with pytest.raises(MutationRejected) as refused:
        await using
    assert problems(refused.value) == [("TOKEN_INVALID", "input.token")]
    await use(writing, await newest_token(writing))


async def test_a_link_that_is_being_used_is_not_sent_again(writing: MutationContext, token: str) -> None:
    ada, nora = await caller(writing, "ada@acme.example"), await key_of_nora(writing)
    async with unit_of_work(writing, VISITOR) as work:
        await activate(work, token, PASSWORD)
        resending = asyncio.create_task(run_in_transaction(writing, ada, lambda other: resend_activation(other, nora)))
        assert await is_blocked(writing, resending)
    with pytest.raises(MutationRejected) as refused:
        await resending
    assert problems(refused.value) == [("ALREADY_ACTIVE", "input.id")]


async def test_another_servers_key_opens_nothing(writing: MutationContext, token: str) -> None:
    other = replace(writing, secret_key=b"another key, also of 32 bytes ..")
    await make(other, await caller(writing, "ada@acme.example"), new_user("otto@acme.example"))
    assert await refusal(writing, await newest_token(writing)) == [("TOKEN_INVALID", "input.token")]
