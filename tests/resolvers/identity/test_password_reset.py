"""A password is reset by who holds the link from the mail, and nobody else learns who has an account."""

import asyncio
import time
from dataclasses import replace
from uuid import UUID

import pytest
from limits import RateLimitItemPerHour

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.errors import MutationRejected
from resolvers.identity import passwords
from resolvers.identity.hashing import verify_password
from resolvers.identity.one_time_tokens import LinkStatus, TokenState, check_link, issue
from resolvers.identity.passwords import request_reset, reset
from resolvers.identity.sessions import sign_in
from resolvers.mutations.users.activate import activate
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction
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
from tests.support.resolver_fixtures import caller, contents, is_blocked, problems, rows, run

WITHOUT_RESET = {
    "unknown": "nobody@acme.example",
    "pending": "pat@acme.example",
    "expired": "eve@acme.example",
    "removed": "rob@acme.example",
}


pytestmark = pytest.mark.usefixtures("short_tick")


async def use(writing: MutationContext, token: str, password: str = NEW) -> UUID:
    return await run_in_transaction(writing, VISITOR, lambda work: reset(work, token, password))


async def worth(
    writing: MutationContext, token: str, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET
) -> LinkStatus:
    async with writing.engine.connect() as connection:
        return await check_link(connection, token, purpose)


async def refusal(writing: MutationContext, token: str, password: str = NEW) -> list[tuple[str, str]]:
    """What somebody is told who uses `token`; nothing may have been changed by it."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as refused:
        await use(writing, token, password)
    assert await contents(writing) == before
    return problems(refused.value)


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
async def test_nobody_else_is_mailed_anything(writing: MutationContext, state: str) -> None:
    before = await contents(writing)
    await request_reset(writing, VISITOR, WITHOUT_RESET[state])
    after = await contents(writing)
    assert after | {"audit_events": []} == before
    # In nobody's trail: no admin reads who was looked for.
    [event] = await audited(writing, "user.password_reset_requested")
    assert (event.subject_id, event.organization_id) == (None, None)


@pytest.mark.parametrize(
    ("admin", "email"), [("ada@acme", "pat@acme"), ("ada@acme", "eve@acme"), ("sam@acme", "pat@acme")]
)
async def test_an_admin_who_may_change_the_user_is_told_of_a_missing_activation(
    shared: MutationContext, admin: str, email: str
) -> None:
    fresh = replace(shared, limits=RateLimiter())
    before = await contents(shared)
    who = await caller(fresh, f"{admin}.example")
    with pytest.raises(MutationRejected) as refused:
        await request_reset(fresh, who, f"{email}.example")
    assert problems(refused.value) == [("NOT_ACTIVATED", "input.email")]
    assert await contents(shared) | {"sessions": []} == before | {"sessions": []}


@pytest.mark.parametrize(
    ("who", "email"),
    [
        ("ada@acme", "rob@acme"),
        ("ada@acme", "nobody@acme"),
        ("max@globex", "pat@acme"),
        ("ben@acme", "pat@acme"),
        ("dan@pear", "pat@acme"),
        ("staff@portico", "pat@acme"),
    ],
)
async def test_whoever_else_is_signed_in_is_told_nothing(shared: MutationContext, who: str, email: str) -> None:
    fresh = replace(shared, limits=RateLimiter())
    await request_reset(fresh, await caller(fresh, f"{who}.example"), f"{email}.example")


async def test_an_admin_whose_session_has_ended_is_anybody(writing: MutationContext) -> None:
    ada = await caller(writing, "ada@acme.example")
    await run(writing, "DELETE FROM sessions")
    await request_reset(writing, ada, "pat@acme.example")


@pytest.mark.parametrize("state", [*WITHOUT_RESET, "active"])
async def test_every_answer_leaves_at_the_same_moment(
    writing: MutationContext, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "TICK", 1.0)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("resolvers.identity.passwords.asyncio.sleep", sleep)
    started = time.monotonic()
    await request_reset(writing, VISITOR, WITHOUT_RESET.get(state, SAM))
    took = time.monotonic() - started
    [pause] = pauses
    assert 0 < pause <= 1.0
    assert (pause + took) % 1.0 < 0.1


async def test_the_answer_is_at_a_tick_also_when_it_fails(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "TICK", 0.5)
    await run(writing, "ALTER TABLE outbox_mails RENAME TO gone")
    started = time.monotonic()
    with pytest.raises(Exception, match="outbox_mails"):
        await request_reset(writing, VISITOR, SAM)
    assert time.monotonic() - started >= 0.5


async def test_a_new_request_ends_the_link_of_the_one_before(writing: MutationContext) -> None:
    first = await link_token(writing)
    second = await link_token(writing)
    assert await refusal(writing, first) == [("TOKEN_INVALID", "input.token")]
    assert await use(writing, second) == named_key(SAM)


async def test_of_requests_at_once_the_last_link_is_good(writing: MutationContext) -> None:
    await asyncio.gather(*(request_reset(writing, VISITOR, SAM) for _ in range(4)))
    query = (
        "SELECT count(*), count(*) FILTER (WHERE revoked_at IS NULL) AS open FROM one_time_tokens WHERE purpose = :p"
    )
    [found] = await rows(writing, query, p="PASSWORD_RESET")
    assert tuple(found) == (4, 1)


async def codes(writing: MutationContext, tries: list[tuple[str, str]]) -> list[str]:
    """What each request (address, email) comes to."""
    found = []
    for address, email in tries:
        try:
            await request_reset(writing, replace(VISITOR, address=address), email)
            found.append("accepted")
        except MutationRejected as refused:
            found.append(refused.problems[0].code.value)
    return found


@pytest.mark.parametrize("email", [SAM, *WITHOUT_RESET.values()])
async def test_requests_are_limited_for_every_email_alike(writing: MutationContext, email: str) -> None:
    rates = {
        "password_reset_email_and_address": RateLimitItemPerHour(2),
        "password_reset_email": RateLimitItemPerHour(3),
    }
    careful = replace(writing, limits=RateLimiter(Rates(**rates)))
    here, there, elsewhere = "192.0.2.1", "192.0.2.2", "192.0.2.3"
    tries = [
        (here, email),
        (here, email),
        (here, email),
        (there, email),
        (elsewhere, email),
        (here, "ada@acme.example"),
    ]
    assert await codes(careful, tries) == ["accepted"] * 2 + ["RATE_LIMITED", "accepted", "RATE_LIMITED", "accepted"]


async def test_requests_from_one_address_are_limited(writing: MutationContext) -> None:
    careful = replace(writing, limits=RateLimiter(Rates(password_reset_address=RateLimitItemPerHour(2))))
    tries = [("192.0.2.1", f"user{number}@acme.example") for number in range(3)]
    assert await codes(careful, tries) == ["accepted"] * 2 + ["RATE_LIMITED"]


@pytest.mark.parametrize("email", ["", "nobody", "\0@acme.example", "SAM@ACME.EXAMPLE", "a" * 300 + "@acme.example"])
async def test_what_is_no_email_is_said_to_be_none(writing: MutationContext, email: str) -> None:
    before = await contents(writing)
    with pytest.raises(MutationRejected) as refused:
        await request_reset(writing, VISITOR, email)
    assert problems(refused.value) == [("INVALID", "input.email")]
    assert await contents(writing) == before


async def test_the_link_sets_the_password_once_and_ends_all_sessions(writing: MutationContext) -> None:
    await signed_in_as(writing)
    of_ada, _ = await signed_in_as(writing, "ada@acme.example")
    token = await link_token(writing)
    assert await use(writing, token) == named_key(SAM)
    assert await open_sessions(writing) == []
    assert await open_sessions(writing, "ada@acme.example") == [of_ada.session_id]
    assert await refusal(writing, token, NEW + "!") == [("TOKEN_INVALID", "input.token")]
    [event] = await audited(writing, "user.password_reset")
    assert (event.subject_id, event.actor_id, event.address) == (named_key(SAM), named_key(SAM), VISITOR.address)
    everything = str(await contents(writing))
    assert NEW not in everything
    assert token not in everything
    await signed_in_as(writing, password=NEW)
    with pytest.raises(MutationRejected):
        await sign_in(writing, VISITOR, SAM, PASSWORD)


async def test_looking_at_the_link_uses_nothing_up(writing: MutationContext) -> None:
    token = await link_token(writing)
    before = await contents(writing)
    assert await worth(writing, token) == LinkStatus(TokenState.VALID, SAM)
    assert await worth(writing, token, TokenPurpose.ACTIVATION) == LinkStatus(TokenState.INVALID)
    assert await contents(writing) == before


async def test_of_those_who_use_the_link_at_once_one_sets_the_password(writing: MutationContext) -> None:
    token = await link_token(writing)
    results = await asyncio.gather(*(use(writing, token, f"{NEW} {n}") for n in range(3)), return_exceptions=True)
    [winner] = [number for number, result in enumerate(results) if isinstance(result, UUID)]
    refusals = [problems(result) for result in results if isinstance(result, MutationRejected)]
    assert refusals == [[("TOKEN_INVALID", "input.token")]] * 2
    assert await verify_password(await stored_hash(writing), f"{NEW} {winner}")
    assert len(await audited(writing, "user.password_reset")) == 1


async def test_after_its_time_the_holder_is_told_that_it_has_expired(writing: MutationContext) -> None:
    token = await link_token(writing)
    await run(writing, "UPDATE one_time_tokens SET expires_at = now() - interval '1 second'")
    assert await refusal(writing, token) == [("TOKEN_EXPIRED", "input.token")]
    assert await worth(writing, token) == LinkStatus(TokenState.EXPIRED, SAM)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE one_time_tokens SET revoked_at = now()",
        "UPDATE one_time_tokens SET used_at = now(), expires_at = now() - interval '1 day'",
        "UPDATE users SET removed_at = now() WHERE email = 'sam@acme.example'",
        "UPDATE users SET activated_at = NULL WHERE email = 'sam@acme.example'",
    ],
)
async def test_a_link_whose_user_is_not_active_any_more_is_dead(writing: MutationContext, change: str) -> None:
    token = await link_token(writing)
    await run(writing, change)
    assert await refusal(writing, token) == [("TOKEN_INVALID", "input.token")]
    assert await worth(writing, token) == LinkStatus(TokenState.INVALID)


@pytest.mark.parametrize("forged", ["", "x", "\0", "\ud800", "A" * 43, "é" * 100_000])
async def test_what_is_no_token_is_refused(writing: MutationContext, forged: str) -> None:
    assert await refusal(writing, forged) == [("TOKEN_INVALID", "input.token")]


async def test_an_activation_link_resets_nothing_and_a_reset_link_activates_nobody(writing: MutationContext) -> None:
    activation = await newest_token(writing, "pat@acme.example")
    assert await refusal(writing, activation) == [("TOKEN_INVALID", "input.token")]
    lifetime = writing.lifetimes.activation
    await run_in_transaction(
        writing, VISITOR, lambda work: issue(work, named_key("pat@acme.example"), TokenPurpose.PASSWORD_RESET, lifetime)
    )
    forced = await newest_token(writing, "pat@acme.example")
    assert await refusal(writing, forced) == [("TOKEN_INVALID", "input.token")]
    for token in (forced, await link_token(writing)):
        with pytest.raises(MutationRejected) as refused:
            await run_in_transaction(writing, VISITOR, lambda work, token=token: activate(work, token, NEW))  # type: ignore[misc]
        assert problems(refused.value) == [("TOKEN_INVALID", "input.token")]
    pat = await run_in_transaction(writing, VISITOR, lambda work: activate(work, activation, NEW))
    assert pat == named_key("pat@acme.example")


@pytest.mark.parametrize("password", UNFIT)
async def test_a_weak_password_leaves_the_link_good(writing: MutationContext, password: str) -> None:
    token = await link_token(writing)
    assert await refusal(writing, token, password) == [("PASSWORD_TOO_WEAK", "input.password")]
    await use(writing, token)


async def test_removal_that_comes_first_wins(writing: MutationContext) -> None:
    token = await link_token(writing)
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET removed_at = now() WHERE email = 'sam@acme.example'")
        using = asyncio.create_task(use(writing, token))
        assert await is_blocked(writing, using)
        await other.commit()
    with pytest.raises(MutationRejected) as refused:
        await using
    assert problems(refused.value) == [("TOKEN_INVALID", "input.token")]


async def test_a_sign_in_with_the_old_password_does_not_slip_past_the_new_one(writing: MutationContext) -> None:
    token = await link_token(writing)
    async with writing.engine.connect() as other:
        await other.exec_driver_sql("UPDATE users SET updated_at = now() WHERE email = 'sam@acme.example'")
        using = asyncio.create_task(use(writing, token))
        assert await is_blocked(writing, using)
        signing_in = asyncio.create_task(sign_in(writing, VISITOR, SAM, PASSWORD))
        await asyncio.sleep(0.2)
        await other.commit()
    await using
    await asyncio.gather(signing_in, return_exceptions=True)
    assert await open_sessions(writing) == []
