"""A password is reset with the mailed link, and nobody else learns who has an account."""

import asyncio
import time
from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest
from limits import RateLimitItemPerHour

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.errors import MutationRejected
from resolvers.identity import passwords
from resolvers.identity.hashing import verify_password
from resolvers.identity.one_time_tokens import LinkStatus, TokenState, check_link
from resolvers.identity.passwords import request_password_reset, reset_password
from resolvers.identity.sessions import sign_in
from resolvers.mutations.users.activate import activate_user
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.context import MutationContext
from tests.support.passwords import (
    NEW,
    SAM,
    UNFIT,
    VISITOR,
    audited,
    link_token,
    newest_token,
    open_sessions,
    signed_in_as,
    stored_hash,
)
from tests.support.resolver_fixtures import caller, contents, is_blocked, issue_token, problems, rows, run

WITHOUT_RESET = {
    "unknown": "nobody@acme.example",
    "pending": "pat@acme.example",
    "expired": "eve@acme.example",
    "removed": "rob@acme.example",
}


pytestmark = [pytest.mark.usefixtures("short_tick"), pytest.mark.invariant("reset_request")]


async def use_link(writing: MutationContext, token: str, password: str = NEW) -> UUID:
    return await reset_password(writing, VISITOR, token, password)


async def link_status(
    writing: MutationContext, token: str, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET
) -> LinkStatus:
    async with writing.engine.connect() as connection:
        return await check_link(connection, token, purpose)


async def problems_of_use(writing: MutationContext, token: str, password: str = NEW) -> list[tuple[str, str]]:
    """The problems of using `token`, which must change nothing."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await use_link(writing, token, password)
    assert await contents(writing) == before
    return problems(rejection.value)


async def test_an_active_user_is_mailed_a_link_for_an_hour(writing: MutationContext) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    token = await link_token(writing)
    [row] = await rows(
        writing, "SELECT *, expires_at - created_at AS lifetime FROM one_time_tokens WHERE purpose = 'PASSWORD_RESET'"
    )
    assert (row.user_id, row.lifetime) == (named_key(SAM), writing.lifetimes.password_reset)
    assert row.lifetime.total_seconds() == 3600
    [mail] = await rows(writing, "SELECT * FROM outbox_mails")
    assert (mail.kind, mail.recipient, mail.user_id) == ("USER_PASSWORD_RESET", SAM, named_key(SAM))
    assert mail.one_time_token_id == row.id
    [event] = await audited(writing, "user.password_reset_requested")
    assert (event.subject_id, event.actor_id, event.address) == (named_key(SAM), None, VISITOR.address)
    assert token not in str(await contents(writing))


@pytest.mark.parametrize("state", WITHOUT_RESET)
async def test_nobody_else_is_mailed(writing: MutationContext, state: str) -> None:
    before = await contents(writing)
    await request_password_reset(writing, VISITOR, WITHOUT_RESET[state])
    after = await contents(writing)
    assert after | {"audit_events": []} == before
    # In no organization's trail: no admin can read which emails were tried.
    [event] = await audited(writing, "user.password_reset_requested")
    assert (event.subject_id, event.organization_id) == (None, None)


@pytest.mark.parametrize(
    ("admin", "email"), [("ada@acme", "pat@acme"), ("ada@acme", "eve@acme"), ("sam@acme", "pat@acme")]
)
async def test_an_admin_who_may_change_the_user_learns_of_a_missing_activation(
    shared: MutationContext, admin: str, email: str
) -> None:
    fresh = replace(shared, limits=RateLimiter())
    before = await contents(shared)
    actor = await caller(fresh, f"{admin}.example")
    with pytest.raises(MutationRejected) as rejection:
        await request_password_reset(fresh, actor, f"{email}.example")
    assert problems(rejection.value) == [("NOT_ACTIVATED", "input.email")]
    assert await contents(shared) | {"sessions": []} == before | {"sessions": []}


@pytest.mark.parametrize(
    ("caller_email", "email"),
    [
        ("ada@acme", "rob@acme"),
        ("ada@acme", "nobody@acme"),
        ("max@globex", "pat@acme"),
        ("ben@acme", "pat@acme"),
        ("dan@pear", "pat@acme"),
        ("staff@portico", "pat@acme"),
    ],
)
async def test_other_signed_in_callers_learn_nothing(shared: MutationContext, caller_email: str, email: str) -> None:
    fresh = replace(shared, limits=RateLimiter())
    await request_password_reset(fresh, await caller(fresh, f"{caller_email}.example"), f"{email}.example")


async def test_an_admin_whose_session_has_ended_learns_nothing(writing: MutationContext) -> None:
    ada = await caller(writing, "ada@acme.example")
    await run(writing, "DELETE FROM sessions")
    await request_password_reset(writing, ada, "pat@acme.example")


@pytest.mark.parametrize("state", [*WITHOUT_RESET, "active"])
async def test_every_response_is_delayed_to_the_same_moment(
    writing: MutationContext, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 1.0)
    # The request takes 1.25 seconds by this clock.
    monkeypatch.setattr(passwords, "time", SimpleNamespace(monotonic=iter([7.0, 8.25]).__next__))
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("resolvers.identity.passwords.asyncio.sleep", sleep)
    await request_password_reset(writing, VISITOR, WITHOUT_RESET.get(state, SAM))
    assert pauses == [0.75]


async def test_a_failure_is_delayed_as_well(writing: MutationContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.5)
    await run(writing, "ALTER TABLE outbox_mails RENAME TO gone")
    started = time.monotonic()
    with pytest.raises(Exception, match="outbox_mails"):
        await request_password_reset(writing, VISITOR, SAM)
    assert time.monotonic() - started >= 0.5


async def test_a_new_request_revokes_the_previous_link(writing: MutationContext) -> None:
    first = await link_token(writing)
    second = await link_token(writing)
    assert await problems_of_use(writing, first) == [("TOKEN_INVALID", "input.token")]
    assert await use_link(writing, second) == named_key(SAM)


async def test_after_concurrent_requests_one_link_is_valid(writing: MutationContext) -> None:
    await asyncio.gather(*(request_password_reset(writing, VISITOR, SAM) for _ in range(4)))
    query = (
        "SELECT count(*), count(*) FILTER (WHERE revoked_at IS NULL) AS open FROM one_time_tokens WHERE purpose = :p"
    )
    [row] = await rows(writing, query, p="PASSWORD_RESET")
    assert tuple(row) == (4, 1)


async def codes(writing: MutationContext, attempts: list[tuple[str, str]]) -> list[str]:
    """The outcome of each request (address, email)."""
    outcomes = []
    for address, email in attempts:
        try:
            await request_password_reset(writing, replace(VISITOR, address=address), email)
            outcomes.append("accepted")
        except MutationRejected as rejection:
            outcomes.append(rejection.problems[0].code.value)
    return outcomes


@pytest.mark.parametrize("email", [SAM, *WITHOUT_RESET.values()])
async def test_requests_are_limited_equally_for_every_email(writing: MutationContext, email: str) -> None:
    rates = {
        "password_reset_email_and_address": RateLimitItemPerHour(2),
        "password_reset_email": RateLimitItemPerHour(3),
    }
    limited = replace(writing, limits=RateLimiter(Rates(**rates)))
    here, there, elsewhere = "192.0.2.1", "192.0.2.2", "192.0.2.3"
    attempts = [
        (here, email),
        (here, email),
        (here, email),
        (there, email),
        (elsewhere, email),
        (here, "ada@acme.example"),
    ]
    assert await codes(limited, attempts) == ["accepted"] * 2 + ["RATE_LIMITED", "accepted", "RATE_LIMITED", "accepted"]


async def test_requests_from_one_address_are_limited(writing: MutationContext) -> None:
    limited = replace(writing, limits=RateLimiter(Rates(password_reset_address=RateLimitItemPerHour(2))))
    attempts = [("192.0.2.1", f"user{number}@acme.example") for number in range(3)]
    assert await codes(limited, attempts) == ["accepted"] * 2 + ["RATE_LIMITED"]


@pytest.mark.parametrize("email", ["", "nobody", "\0@acme.example", "SAM@ACME.EXAMPLE", "a" * 300 + "@acme.example"])
async def test_an_invalid_email_is_rejected(writing: MutationContext, email: str) -> None:
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await request_password_reset(writing, VISITOR, email)
    assert problems(rejection.value) == [("INVALID", "input.email")]
    assert await contents(writing) == before


async def test_the_link_sets_the_password_once_and_ends_all_sessions(writing: MutationContext) -> None:
    await signed_in_as(writing)
    of_ada, _ = await signed_in_as(writing, "ada@acme.example")
    token = await link_token(writing)
    assert await use_link(writing, token) == named_key(SAM)
    assert await open_sessions(writing) == []
    assert await open_sessions(writing, "ada@acme.example") == [of_ada.session_id]
    assert await problems_of_use(writing, token, NEW + "!") == [("TOKEN_INVALID", "input.token")]
    [event] = await audited(writing, "user.password_reset")
    assert (event.subject_id, event.actor_id, event.address) == (named_key(SAM), named_key(SAM), VISITOR.address)
    everything = str(await contents(writing))
    assert NEW not in everything
    assert token not in everything
    await signed_in_as(writing, password=NEW)
    with pytest.raises(MutationRejected):
        await sign_in(writing, VISITOR, SAM, PASSWORD)


async def test_checking_the_link_does_not_consume_it(writing: MutationContext) -> None:
    token = await link_token(writing)
    before = await contents(writing)
    assert await link_status(writing, token) == LinkStatus(TokenState.VALID, SAM, country="DE")
    assert await link_status(writing, token, TokenPurpose.ACTIVATION) == LinkStatus(TokenState.INVALID)
    assert await contents(writing) == before


async def test_of_concurrent_uses_of_the_link_one_succeeds(writing: MutationContext) -> None:
    token = await link_token(writing)
    results = await asyncio.gather(*(use_link(writing, token, f"{NEW} {n}") for n in range(3)), return_exceptions=True)
    [winner] = [number for number, result in enumerate(results) if isinstance(result, UUID)]
    rejections = [problems(result) for result in results if isinstance(result, MutationRejected)]
    assert rejections == [[("TOKEN_INVALID", "input.token")]] * 2
    assert await verify_password(await stored_hash(writing), f"{NEW} {winner}")
    assert len(await audited(writing, "user.password_reset")) == 1


async def test_an_expired_link_is_reported_as_expired(writing: MutationContext) -> None:
    token = await link_token(writing)
    await run(writing, "UPDATE one_time_tokens SET expires_at = now() - interval '1 second'")
    assert await problems_of_use(writing, token) == [("TOKEN_EXPIRED", "input.token")]
    assert await link_status(writing, token) == LinkStatus(TokenState.EXPIRED, SAM, country="DE")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE one_time_tokens SET revoked_at = now()",
        "UPDATE one_time_tokens SET used_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE users SET removed_at = now() WHERE email = 'sam@acme.example'",
        "UPDATE users SET activated_at = NULL WHERE email = 'sam@acme.example'",
    ],
)
async def test_the_link_of_an_inactive_user_is_invalid(writing: MutationContext, change: str) -> None:
    token = await link_token(writing)
    await run(writing, change)
    assert await problems_of_use(writing, token) == [("TOKEN_INVALID", "input.token")]
    assert await link_status(writing, token) == LinkStatus(TokenState.INVALID)


@pytest.mark.parametrize("forged", ["", "x", "\0", "\ud800", "A" * 43, "é" * 100_000])
async def test_an_unknown_token_is_rejected(writing: MutationContext, forged: str) -> None:
    assert await problems_of_use(writing, forged) == [("TOKEN_INVALID", "input.token")]


async def test_links_work_for_their_own_purpose_only(writing: MutationContext) -> None:
    activation = await newest_token(writing, "pat@acme.example")
    assert await problems_of_use(writing, activation) == [("TOKEN_INVALID", "input.token")]
    lifetime = writing.lifetimes.activation
    await issue_token(writing, named_key("pat@acme.example"), TokenPurpose.PASSWORD_RESET, lifetime)
    forced = await newest_token(writing, "pat@acme.example")
    assert await problems_of_use(writing, forced) == [("TOKEN_INVALID", "input.token")]
    for token in (forced, await link_token(writing)):
        with pytest.raises(MutationRejected) as rejection:
            await activate_user(writing, VISITOR, token, NEW)
        assert problems(rejection.value) == [("TOKEN_INVALID", "input.token")]
    pat = await activate_user(writing, VISITOR, activation, NEW)
    assert pat == named_key("pat@acme.example")


@pytest.mark.parametrize("password", UNFIT)
async def test_a_weak_password_does_not_consume_the_link(writing: MutationContext, password: str) -> None:
    token = await link_token(writing)
    assert await problems_of_use(writing, token, password) == [("PASSWORD_TOO_WEAK", "input.password")]
    await use_link(writing, token)


async def test_a_concurrent_removal_wins(writing: MutationContext) -> None:
    token = await link_token(writing)
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET removed_at = now() WHERE email = 'sam@acme.example'")
        using = asyncio.create_task(use_link(writing, token))
        assert await is_blocked(writing, using)
        await other.commit()
    with pytest.raises(MutationRejected) as rejection:
        await using
    assert problems(rejection.value) == [("TOKEN_INVALID", "input.token")]


async def test_a_concurrent_sign_in_with_the_old_password_leaves_no_session(writing: MutationContext) -> None:
    token = await link_token(writing)
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET updated_at = now() WHERE email = 'sam@acme.example'")
        using = asyncio.create_task(use_link(writing, token))
        assert await is_blocked(writing, using)
        signing_in = asyncio.create_task(sign_in(writing, VISITOR, SAM, PASSWORD))
        await asyncio.sleep(0.2)
        await other.commit()
    await using
    await asyncio.gather(signing_in, return_exceptions=True)
    assert await open_sessions(writing) == []
