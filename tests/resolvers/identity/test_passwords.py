"""Changing a password requires the current one and ends all other sessions."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import verify_password
from resolvers.identity.passwords import change_password, reset_password
from resolvers.identity.sessions import sign_in
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from resolvers.transaction.context import MutationContext
from tests.support.passwords import (
    NEW,
    SAM,
    UNFIT,
    VISITOR,
    audited,
    link_token,
    open_sessions,
    signed_in_as,
    stored_hash,
)
from tests.support.resolver_fixtures import contents, problems, run

pytestmark = [pytest.mark.usefixtures("short_tick"), pytest.mark.invariant("passwords")]


async def problems_of_change(writing: MutationContext, caller: Caller, current: str, new: str) -> list[tuple[str, str]]:
    """The problems of changing a password, which must change nothing but the audit trail."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await change_password(writing, caller, current, new)
    assert {**await contents(writing), "audit_events": 0} == {**before, "audit_events": 0}
    return problems(rejection.value)


async def test_changing_the_password_keeps_only_the_current_session(writing: MutationContext) -> None:
    other, _ = await signed_in_as(writing)
    current, caller = await signed_in_as(writing)
    of_ada, _ = await signed_in_as(writing, "ada@acme.example")
    assert await change_password(writing, caller, PASSWORD, NEW) == named_key(SAM)
    assert await open_sessions(writing) == [current.session_id]
    assert await open_sessions(writing, "ada@acme.example") == [of_ada.session_id]
    assert await verify_password(await stored_hash(writing), NEW)
    [event] = await audited(writing, "user.password_changed")
    assert (event.subject_id, event.actor_id, event.address) == (named_key(SAM), named_key(SAM), VISITOR.address)
    assert event.organization_id is not None
    everything = str(await contents(writing))
    assert NEW not in everything
    assert PASSWORD not in everything
    assert other.session_id != current.session_id


async def test_a_wrong_current_password_changes_nothing_and_is_audited(writing: MutationContext) -> None:
    _, caller = await signed_in_as(writing)
    assert await problems_of_change(writing, caller, "wrong", NEW) == [("CREDENTIALS_INVALID", "input.currentPassword")]
    [event] = await audited(writing, "user.password_refused")
    assert (event.subject_id, event.actor_id, event.changes) == (named_key(SAM), named_key(SAM), None)
    assert await problems_of_change(writing, caller, "", "short") == [
        ("CREDENTIALS_INVALID", "input.currentPassword"),
        ("PASSWORD_TOO_WEAK", "input.newPassword"),
    ]


@pytest.mark.parametrize("weak", UNFIT)
async def test_a_weak_new_password_changes_nothing(writing: MutationContext, weak: str) -> None:
    _, caller = await signed_in_as(writing)
    assert await problems_of_change(writing, caller, PASSWORD, weak) == [("PASSWORD_TOO_WEAK", "input.newPassword")]
    assert await audited(writing, "user.password_refused") == []


async def test_changing_a_password_requires_a_session(writing: MutationContext) -> None:
    _, ended = await signed_in_as(writing)
    await run(writing, "DELETE FROM sessions")
    for anonymous in (VISITOR, ended):
        assert await problems_of_change(writing, anonymous, PASSWORD, NEW) == [("UNAUTHENTICATED", "")]


async def test_wrong_current_passwords_count_as_failed_sign_ins_and_weak_new_ones_do_not(
    writing: MutationContext,
) -> None:
    two = SignInBackoff(email_and_address=BackoffPolicy(free_attempts=2, decay_interval=900))
    throttled = replace(writing, limits=RateLimiter(backoff=two, clock=lambda: 0.0))
    _, caller = await signed_in_as(throttled)
    for _ in range(3):
        assert await problems_of_change(throttled, caller, PASSWORD, "short") == [
            ("PASSWORD_TOO_WEAK", "input.newPassword")
        ]
    for _ in range(2):
        assert await problems_of_change(throttled, caller, "wrong", NEW) == [
            ("CREDENTIALS_INVALID", "input.currentPassword")
        ]
    assert await problems_of_change(throttled, caller, PASSWORD, NEW) == [("RATE_LIMITED", "")]
    with pytest.raises(MutationRejected) as rejection:
        await sign_in(throttled, VISITOR, SAM, PASSWORD)
    assert problems(rejection.value) == [("RATE_LIMITED", "")]


async def test_of_concurrent_changes_one_succeeds(writing: MutationContext) -> None:
    callers = [(await signed_in_as(writing))[1] for _ in range(3)]
    changes = (change_password(writing, caller, PASSWORD, f"{NEW} {number}") for number, caller in enumerate(callers))
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["MutationRejected", "MutationRejected", "UUID"]
    [winner] = [number for number, result in enumerate(results) if isinstance(result, UUID)]
    assert await verify_password(await stored_hash(writing), f"{NEW} {winner}")
    assert len(await open_sessions(writing)) == 1
    assert len(await audited(writing, "user.password_changed")) == 1


async def test_a_change_revokes_open_reset_links(writing: MutationContext) -> None:
    token = await link_token(writing)
    _, caller = await signed_in_as(writing)
    await change_password(writing, caller, PASSWORD, NEW)
    with pytest.raises(MutationRejected) as rejection:
        await reset_password(writing, VISITOR, token, NEW + "!")
    assert problems(rejection.value) == [("TOKEN_INVALID", "input.token")]
