"""Signing in and out: who can sign in, that all rejections look the same, and how a session ends."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import load_actor
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity import argon2id, hashing
from resolvers.identity.hashing import token_hash
from resolvers.identity.sessions import SignedIn, end_other_sessions, sign_in, sign_out, touch_sessions
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.distribution.moved_times import earlier
from tests.support.resolver_fixtures import caller, contents, problems, rows, run

VISITOR = Caller(request_id="req_3", address="192.0.2.10")
IDLE = timedelta(hours=2)


async def rejected_sign_in(
    writing: MutationContext, email: str, password: str, caller: Caller = VISITOR
) -> MutationRejected:
    with pytest.raises(MutationRejected) as rejection:
        await sign_in(writing, caller, email, password)
    return rejection.value


async def actor_of(writing: MutationContext, signed_in: SignedIn) -> Any:
    async with writing.engine.connect() as connection:
        return await load_actor(connection, SessionToken(token_hash(signed_in.token)), IDLE)


async def test_the_correct_password_starts_a_session(writing: MutationContext) -> None:
    signed_in = await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)
    assert await actor_of(writing, signed_in) == (signed_in.actor, signed_in.session_id)
    assert signed_in.actor.id == named_key("sam@acme.example")
    [session] = await rows(writing, "SELECT *, expires_at - created_at AS lifetime FROM sessions")
    assert (session.id, session.expires_at) == (signed_in.session_id, signed_in.expires_at)
    assert session.lifetime == writing.lifetimes.session
    [event] = await rows(writing, "SELECT * FROM audit_events")
    assert (event.kind, event.actor_id, event.address) == ("session.started", signed_in.actor.id, VISITOR.address)
    everything = str(await contents(writing))
    assert signed_in.token not in everything
    assert PASSWORD not in everything


async def test_the_actor_is_loaded_from_the_database(writing: MutationContext) -> None:
    traits = {}
    for email in ("staff@portico.example", "sam@acme.example", "dan@pear.example"):
        actor = (await sign_in(writing, VISITOR, email, PASSWORD)).actor
        traits[email] = (
            actor.traits.kind.value,
            actor.traits.audience.value,
            sorted(actor.traits.permissions),
            actor.traits.all_contract_accounts,
            actor.organization_id is None,
        )
    assert traits == {
        "staff@portico.example": ("Staff", "ORGANIZATION", [], False, True),
        "sam@acme.example": (
            "Member",
            "ORGANIZATION",
            ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "USER_MANAGEMENT"],
            False,
            False,
        ),
        "dan@pear.example": ("Member", "DELIVERY", ["SITES_SERVICES_VIEW", "USER_MANAGEMENT"], True, False),
    }


REJECTED = {
    "wrong password": ("sam@acme.example", "wrong"),
    "unknown": ("nobody@acme.example", PASSWORD),
    "pending": ("pat@acme.example", PASSWORD),
    "expired": ("eve@acme.example", PASSWORD),
    "removed": ("rob@acme.example", PASSWORD),
    "not an email": ("\0", PASSWORD),
    "lone surrogate": ("\ud800@acme.example", "\ud800"),
    "too long": ("a" * 100_000 + "@acme.example", "b" * 1_000_000),
    "in capitals": ("SAM@ACME.EXAMPLE", PASSWORD),
}


@pytest.mark.parametrize("case", REJECTED)
async def test_every_rejection_is_the_same_after_the_same_work(
    writing: MutationContext, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[bool] = []
    verify = argon2id.verify_secret

    def counted(encoded: str, secret: bytes) -> bool:
        verified.append(extract_parameters(encoded) == argon2id.PARAMETERS)
        return verify(encoded, secret)

    monkeypatch.setattr(argon2id, "verify_secret", counted)
    wrong = await rejected_sign_in(writing, "ada@acme.example", "wrong")
    rejection = await rejected_sign_in(writing, *REJECTED[case])
    assert rejection.problems == wrong.problems
    assert problems(rejection) == [("CREDENTIALS_INVALID", "input")]
    assert verified == [True, True]
    events = await rows(writing, "SELECT kind, address FROM audit_events")
    assert [tuple(event) for event in events] == [("session.refused", VISITOR.address)] * 2
    assert await rows(writing, "SELECT 1 FROM sessions") == []


async def test_a_rejection_is_audited_with_the_email_and_without_the_password(writing: MutationContext) -> None:
    await rejected_sign_in(writing, "sam@acme.example", "hunter2 hunter2")
    [event] = await rows(writing, "SELECT * FROM audit_events")
    assert (event.kind, event.subject_id, event.actor_id) == ("session.refused", named_key("sam@acme.example"), None)
    assert event.changes == {"email": [None, "sam@acme.example"]}
    assert "hunter2" not in str(await contents(writing))


async def test_a_password_is_normalized(writing: MutationContext) -> None:
    hashed = await hashing.hash_password("caf\u00e9 au lait")
    await run(writing, "UPDATE users SET password_hash = :hash WHERE email = 'sam@acme.example'", hash=hashed)
    await sign_in(writing, VISITOR, "sam@acme.example", "cafe\u0301 au lait")


async def test_a_hash_with_old_parameters_is_renewed(writing: MutationContext) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    await run(writing, "UPDATE users SET password_hash = :old WHERE email = 'sam@acme.example'", old=old)
    await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)
    [user] = await rows(writing, "SELECT password_hash FROM users WHERE email = 'sam@acme.example'")
    assert user.password_hash != old
    assert not hashing.needs_rehash(user.password_hash)
    await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)


async def test_a_user_who_is_removed_during_verification_is_rejected(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verify(*_: object) -> bool:
        await run(writing, "UPDATE users SET removed_at = now() WHERE email = 'sam@acme.example'")
        return True

    monkeypatch.setattr("resolvers.identity.sessions.verify_password", verify)
    rejection = await rejected_sign_in(writing, "sam@acme.example", PASSWORD)
    assert problems(rejection) == [("CREDENTIALS_INVALID", "input")]
    assert await rows(writing, "SELECT 1 FROM sessions") == []


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE sessions SET expires_at = now() - interval '1 second'",
        "UPDATE sessions SET last_seen_at = now() - interval '3 hours'",
        "UPDATE users SET removed_at = now()",
        "DELETE FROM sessions",
    ],
)
async def test_a_session_ends(writing: MutationContext, end: str) -> None:
    signed_in = await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)
    await run(writing, end)
    assert await actor_of(writing, signed_in) is None


async def test_a_session_in_use_stays_open(writing: MutationContext) -> None:
    signed_in = await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)
    other = await sign_in(writing, VISITOR, "ada@acme.example", PASSWORD)
    await run(writing, "UPDATE sessions SET last_seen_at = now() - interval '119 minutes'")
    await run_in_transaction(
        writing, Caller(), lambda work: touch_sessions(work, {(named_key(ACME), signed_in.session_id)})
    )
    await run_in_transaction(writing, Caller(), lambda work: touch_sessions(work, set()))
    await run(writing, f"UPDATE sessions SET last_seen_at = {earlier('last_seen_at', '2 minutes')}")
    assert await actor_of(writing, signed_in) is not None
    assert await actor_of(writing, other) is None


async def test_signing_out_ends_this_session_only(writing: MutationContext) -> None:
    first, second = [await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD) for _ in range(2)]
    caller = Caller(first.actor, SessionToken(token_hash(first.token)), "req_4", VISITOR.address)
    await run_in_transaction(writing, caller, sign_out)
    assert await actor_of(writing, first) is None
    assert await actor_of(writing, second) is not None
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE kind = 'session.ended'")
    assert (event.subject_id, event.actor_id) == (first.actor.id, first.actor.id)
    for anonymous in (caller, VISITOR):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, anonymous, sign_out)
        assert problems(rejection.value) == [("UNAUTHENTICATED", "")]


def limited(writing: MutationContext, **waits: BackoffPolicy) -> MutationContext:
    return replace(writing, limits=RateLimiter(backoff=SignInBackoff(**waits), clock=lambda: 0.0))


TWO = BackoffPolicy(free_attempts=2, decay_interval=900)


async def codes(writing: MutationContext, attempts: list[tuple[str, str, str]]) -> list[str]:
    """The outcome of each sign-in attempt (address, email, password)."""
    outcomes = []
    for address, email, password in attempts:
        try:
            await sign_in(writing, replace(VISITOR, address=address), email, password)
            outcomes.append("signed in")
        except MutationRejected as rejection:
            outcomes.append(rejection.problems[0].code.value)
    return outcomes


async def test_guessing_is_throttled_without_locking_out_others(writing: MutationContext) -> None:
    throttled = limited(writing, email_and_address=TWO)
    here, there, sam, ada = "192.0.2.1", "192.0.2.2", "sam@acme.example", "ada@acme.example"
    attempts = [
        (here, sam, "wrong"),
        (here, sam, "wrong"),
        (here, sam, PASSWORD),
        (there, sam, PASSWORD),
        (here, ada, PASSWORD),
    ]
    wrong = "CREDENTIALS_INVALID"
    assert await codes(throttled, attempts) == [wrong, wrong, "RATE_LIMITED", "signed in", "signed in"]


async def test_guessing_emails_from_one_address_is_throttled(writing: MutationContext) -> None:
    throttled = limited(writing, address=TWO)
    attempts = [("192.0.2.1", f"user{n}@acme.example", "wrong") for n in range(3)]
    assert await codes(throttled, attempts) == ["CREDENTIALS_INVALID"] * 2 + ["RATE_LIMITED"]


@pytest.mark.parametrize(
    "email", sorted({"sam@acme.example", *(email for email, _ in REJECTED.values() if "@acme" in email)})
)
async def test_throttling_is_the_same_for_every_email(writing: MutationContext, email: str) -> None:
    throttled = limited(writing, email_and_address=TWO)
    for _ in range(2):
        await rejected_sign_in(throttled, email, "wrong")
    [problem] = (await rejected_sign_in(throttled, email, PASSWORD)).problems
    assert problem == Problem(ErrorCode.RATE_LIMITED, "Too many attempts. Try again in a second.", retry_after=1)


async def test_correct_passwords_do_not_count_as_attempts(writing: MutationContext) -> None:
    throttled = limited(writing, email_and_address=TWO)
    attempts = [("192.0.2.1", "sam@acme.example", PASSWORD)] * 4
    assert await codes(throttled, attempts) == ["signed in"] * 4


async def test_a_database_failure_does_not_count_as_an_attempt() -> None:
    limits = RateLimiter(
        backoff=SignInBackoff(address=BackoffPolicy(free_attempts=1, decay_interval=60)), clock=lambda: 0.0
    )
    for _ in range(3):
        with suppress(ConnectionError):
            async with limits.sign_in("sam@acme.example", "192.0.2.1"):
                raise ConnectionError
    with pytest.raises(MutationRejected):
        async with limits.sign_in("sam@acme.example", "192.0.2.1"):
            raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "No."))
    with pytest.raises(MutationRejected) as rejection:
        async with limits.sign_in("ada@acme.example", "192.0.2.1"):
            pytest.fail("the limit was passed")
    assert problems(rejection.value) == [("RATE_LIMITED", "")]


async def test_concurrent_guesses_are_throttled(writing: MutationContext) -> None:
    throttled = limited(writing, email_and_address=TWO)
    results = await asyncio.gather(*(codes(throttled, [("192.0.2.1", "sam@acme.example", "wrong")]) for _ in range(5)))
    assert sorted(code for [code] in results) == ["CREDENTIALS_INVALID"] * 2 + ["RATE_LIMITED"] * 3


async def test_of_two_sessions_that_end_each_other_one_is_left(writing: MutationContext) -> None:
    callers = [await caller(writing, "sam@acme.example") for _ in range(2)]
    results = await asyncio.gather(
        *(run_in_transaction(writing, each, end_other_sessions) for each in callers), return_exceptions=True
    )
    counts = [result for result in results if not isinstance(result, MutationRejected)]
    assert counts == [1]
    [session] = await rows(writing, "SELECT token_hash FROM sessions")
    assert session.token_hash in {each.session_hash for each in callers}
    assert [event.kind for event in await rows(writing, "SELECT kind FROM audit_events")] == ["session.ended"]


async def test_a_sign_in_replaces_the_session_of_the_same_browser_only_if_it_succeeds(writing: MutationContext) -> None:
    before, other = await caller(writing, "ada@acme.example"), await caller(writing, "sam@acme.example")
    with pytest.raises(MutationRejected):
        await sign_in(writing, VISITOR, "sam@acme.example", "wrong", replaced=before.session)
    assert len(await rows(writing, "SELECT 1 FROM sessions")) == 2
    signed_in = await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD, replaced=before.session)
    left = {row.token_hash for row in await rows(writing, "SELECT token_hash FROM sessions")}
    assert left == {token_hash(signed_in.token), other.session_hash}
    events = await rows(writing, "SELECT kind, actor_id FROM audit_events ORDER BY number")
    assert [(event.kind, event.actor_id) for event in events[1:]] == [
        ("session.ended", named_key("ada@acme.example")),
        ("session.started", named_key("sam@acme.example")),
    ]


async def test_a_sign_in_is_no_change_of_the_user(writing: MutationContext) -> None:
    columns = "SELECT version, updated_at, last_sign_in_at FROM users WHERE email = 'sam@acme.example'"
    [before] = await rows(writing, columns)
    await sign_in(writing, VISITOR, "sam@acme.example", PASSWORD)
    [after] = await rows(writing, columns)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert after.last_sign_in_at > before.last_sign_in_at
    await rejected_sign_in(writing, "sam@acme.example", "wrong")
    assert await rows(writing, columns) == [after]
