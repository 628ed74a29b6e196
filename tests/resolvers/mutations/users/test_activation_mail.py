"""The activation link is valid once, for seven days, and only to activate a user."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio

from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import derive_token, hash_password, verify_password
from resolvers.identity.one_time_tokens import LinkStatus, TokenState, check_link
from resolvers.identity.sessions import sign_in
from resolvers.mutations.users.activate import activate_user, store_activation
from resolvers.mutations.users.lifecycle import resend_activation
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction, unit_of_work
from tests.support.resolver_fixtures import (
    SECRET_KEY,
    caller,
    contents,
    is_blocked,
    issue_token,
    make,
    new_user,
    problems,
    rows,
    run,
)

pytestmark = pytest.mark.invariant("activation_link")

PASSWORD = "a lamp, 4 herons & rain"
VISITOR = Caller(request_id="req_2", address="192.0.2.9")


@pytest_asyncio.fixture
async def token(writing: MutationContext) -> str:
    """The token in the link that a new user, nora@acme.example, was sent."""
    await make(writing, await caller(writing, "ada@acme.example"), new_user())
    return await newest_token(writing)


async def newest_token(writing: MutationContext) -> str:
    [row] = await rows(writing, "SELECT id, tenant_id, purpose FROM one_time_tokens ORDER BY id DESC LIMIT 1")
    return derive_token(SECRET_KEY, TokenPurpose(row.purpose), row.id, row.tenant_id)


async def key_of_nora(writing: MutationContext) -> UUID:
    [row] = await rows(writing, "SELECT id FROM users WHERE email = 'nora@acme.example'")
    key: UUID = row.id
    return key


async def use_link(writing: MutationContext, token: str, password: str = PASSWORD) -> UUID:
    return await activate_user(writing, VISITOR, token, password)


async def problems_of_use(writing: MutationContext, token: str, password: str = PASSWORD) -> list[tuple[str, str]]:
    """The problems of using `token`, which must change nothing."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await use_link(writing, token, password)
    assert await contents(writing) == before
    return problems(rejection.value)


async def link_status(writing: MutationContext, token: str) -> LinkStatus:
    async with writing.engine.connect() as connection:
        return await check_link(connection, token, TokenPurpose.ACTIVATION)


async def test_the_link_activates_the_user_once(writing: MutationContext, token: str) -> None:
    user_id = await use_link(writing, token)
    [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=user_id)
    assert user.email == "nora@acme.example"
    assert user.activated_at is not None
    assert await verify_password(user.password_hash, PASSWORD)
    assert await problems_of_use(writing, token) == [("TOKEN_INVALID", "input.token")]
    signed_in = await sign_in(writing, VISITOR, "nora@acme.example", PASSWORD)
    assert signed_in.actor.id == user_id


async def test_activation_is_audited_without_the_password(writing: MutationContext, token: str) -> None:
    user_id = await use_link(writing, token)
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE kind = 'user.activated'")
    assert (event.subject_id, event.actor_id, event.address) == (user_id, user_id, VISITOR.address)
    everything = str(await contents(writing))
    assert PASSWORD not in everything
    assert token not in everything


async def test_checking_the_link_does_not_consume_it(writing: MutationContext, token: str) -> None:
    before = await contents(writing)
    for _ in range(2):
        assert await link_status(writing, token) == LinkStatus(TokenState.VALID, "nora@acme.example")
    assert await contents(writing) == before
    await use_link(writing, token)
    assert await link_status(writing, token) == LinkStatus(TokenState.INVALID)


async def test_of_concurrent_uses_of_the_link_one_succeeds(writing: MutationContext, token: str) -> None:
    results = await asyncio.gather(
        *(use_link(writing, token, f"{PASSWORD} {n}") for n in range(3)), return_exceptions=True
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    rejections = [problems(result) for result in results if isinstance(result, MutationRejected)]
    assert rejections == [[("TOKEN_INVALID", "input.token")]] * 2
    assert len(await rows(writing, "SELECT 1 FROM audit_events WHERE kind = 'user.activated'")) == 1


async def test_an_expired_link_is_reported_as_expired(writing: MutationContext, token: str) -> None:
    await run(writing, "UPDATE one_time_tokens SET expires_at = now() - interval '1 second'")
    assert await problems_of_use(writing, token) == [("TOKEN_EXPIRED", "input.token")]
    assert await link_status(writing, token) == LinkStatus(TokenState.EXPIRED, "nora@acme.example")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE one_time_tokens SET revoked_at = now()",
        "UPDATE one_time_tokens SET revoked_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE one_time_tokens SET used_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE users SET removed_at = now() WHERE email = 'nora@acme.example'",
    ],
)
async def test_a_replaced_link_or_that_of_a_removed_user_is_invalid(
    writing: MutationContext, token: str, change: str
) -> None:
    await run(writing, change)
    assert await problems_of_use(writing, token) == [("TOKEN_INVALID", "input.token")]
    assert await link_status(writing, token) == LinkStatus(TokenState.INVALID)


@pytest.mark.parametrize("forged", ["", "x", "\0", "\ud800", "A" * 43, "é" * 100_000])
async def test_an_unknown_token_is_rejected(writing: MutationContext, forged: str) -> None:
    assert await problems_of_use(writing, forged) == [("TOKEN_INVALID", "input.token")]
    assert await link_status(writing, forged) == LinkStatus(TokenState.INVALID)


async def test_a_token_for_another_purpose_activates_nothing(writing: MutationContext, token: str) -> None:
    [user] = await rows(writing, "SELECT id FROM users WHERE email = 'nora@acme.example'")
    lifetime = writing.lifetimes.activation
    await issue_token(writing, user.id, TokenPurpose.PASSWORD_RESET, lifetime)
    assert await problems_of_use(writing, await newest_token(writing)) == [("TOKEN_INVALID", "input.token")]


@pytest.mark.parametrize(
    "password",
    ["", "short", "password1234", "nora nilsson", "portico portico", "a" * 1025, "é" * 513, "lone \ud800 surrogate"],
)
async def test_a_weak_password_does_not_consume_the_link(writing: MutationContext, token: str, password: str) -> None:
    assert await problems_of_use(writing, token, password) == [("PASSWORD_TOO_WEAK", "input.password")]
    await use_link(writing, token)


async def test_a_concurrent_removal_wins(writing: MutationContext, token: str) -> None:
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET removed_at = now() WHERE email = 'nora@acme.example'")
        using = asyncio.create_task(use_link(writing, token))
        assert await is_blocked(writing, using)
        await other.commit()
    with pytest.raises(MutationRejected) as rejection:
        await using
    assert problems(rejection.value) == [("TOKEN_INVALID", "input.token")]


async def test_a_link_that_is_being_replaced_is_invalid(writing: MutationContext, token: str) -> None:
    ada, nora = await caller(writing, "ada@acme.example"), await key_of_nora(writing)
    async with unit_of_work(writing, ada) as work:
        await resend_activation(work, nora)
        using = asyncio.create_task(use_link(writing, token))
        assert await is_blocked(writing, using)
    with pytest.raises(MutationRejected) as rejection:
        await using
    assert problems(rejection.value) == [("TOKEN_INVALID", "input.token")]
    await use_link(writing, await newest_token(writing))


async def test_a_link_that_is_being_used_is_not_replaced(writing: MutationContext, token: str) -> None:
    ada, nora = await caller(writing, "ada@acme.example"), await key_of_nora(writing)
    password_hash = await hash_password(PASSWORD)
    async with unit_of_work(writing, VISITOR) as work:
        await store_activation(work, token, password_hash, {})
        resending = asyncio.create_task(run_in_transaction(writing, ada, lambda other: resend_activation(other, nora)))
        assert await is_blocked(writing, resending)
    with pytest.raises(MutationRejected) as rejection:
        await resending
    assert problems(rejection.value) == [("ALREADY_ACTIVE", "input.id")]


async def test_a_token_derived_from_another_secret_key_is_invalid(writing: MutationContext, token: str) -> None:
    other = replace(writing, secret_key=b"another key, also of 32 bytes ..")
    await make(other, await caller(writing, "ada@acme.example"), new_user("otto@acme.example"))
    assert await problems_of_use(writing, await newest_token(writing)) == [("TOKEN_INVALID", "input.token")]
