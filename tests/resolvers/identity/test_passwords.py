"""A password is changed by who knows it, and all other sessions end with it."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import verify_password
from resolvers.identity.passwords import change, reset
from resolvers.identity.sessions import sign_in
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction
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

pytestmark = pytest.mark.usefixtures("short_tick")


async def refused_change(writing: MutationContext, who: Caller, current: str, new: str) -> list[tuple[str, str]]:
    """What somebody is told who changes their password; nothing but the trail may have been changed by it."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as refused:
        await change(writing, who, current, new)
    assert {**await contents(writing), "audit_events": 0} == {**before, "audit_events": 0}
    return problems(refused.value)


async def test_who_knows_the_password_changes_it_and_is_left_with_this_session(writing: MutationContext) -> None:
    other, _ = await signed_in_as(writing)
    mine, who = await signed_in_as(writing)
    of_ada, _ = await signed_in_as(writing, "ada@acme.example")
    assert await change(writing, who, PASSWORD, NEW) == named_key(SAM)
    assert await open_sessions(writing) == [mine.session_id]
    assert await open_sessions(writing, "ada@acme.example") == [of_ada.session_id]
    assert await verify_password(await stored_hash(writing), NEW)
    [event] = await audited(writing, "user.password_changed")
    assert (event.subject_id, event.actor_id, event.address) == (named_key(SAM), named_key(SAM), VISITOR.address)
    assert event.organization_id is not None
    everything = str(await contents(writing))
    assert NEW not in everything
    assert PASSWORD not in everything
    assert other.session_id != mine.session_id


async def test_a_wrong_current_password_changes_nothing_and_stands_in_the_trail(writing: MutationContext) -> None:
    _, who = await signed_in_as(writing)
    assert await refused_change(writing, who, "wrong", NEW) == [("CREDENTIALS_INVALID", "input.currentPassword")]
    [event] = await audited(writing, "user.password_refused")
    assert (event.subject_id, event.actor_id, event.changes) == (named_key(SAM), named_key(SAM), None)
    assert await refused_change(writing, who, "", "short") == [
        ("CREDENTIALS_INVALID", "input.currentPassword"),
        ("PASSWORD_TOO_WEAK", "input.newPassword"),
    ]


@pytest.mark.parametrize("weak", UNFIT)
async def test_a_weak_new_password_changes_nothing(writing: MutationContext, weak: str) -> None:
    _, who = await signed_in_as(writing)
    assert await refused_change(writing, who, PASSWORD, weak) == [("PASSWORD_TOO_WEAK", "input.newPassword")]
    assert await audited(writing, "user.password_refused") == []


async def test_without_a_session_there_is_nothing_to_change(writing: MutationContext) -> None:
    _, ended = await signed_in_as(writing)
    await run(writing, "DELETE FROM sessions")
    for nobody in (VISITOR, ended):
        assert await refused_change(writing, nobody, PASSWORD, NEW) == [("UNAUTHENTICATED", "")]


async def test_guesses_at_the_current_password_are_failed_sign_ins_and_weak_new_ones_are_not(
    writing: MutationContext,
) -> None:
    two = SignInBackoff(email_and_address=BackoffPolicy(free_attempts=2, decay_interval=900))
    careful = replace(writing, limits=RateLimiter(waits=two, clock=lambda: 0.0))
    _, who = await signed_in_as(careful)
    for _ in range(3):
        assert await refused_change(careful, who, PASSWORD, "short") == [("PASSWORD_TOO_WEAK", "input.newPassword")]
    for _ in range(2):
        assert await refused_change(careful, who, "wrong", NEW) == [("CREDENTIALS_INVALID", "input.currentPassword")]
    assert await refused_change(careful, who, PASSWORD, NEW) == [("RATE_LIMITED", "")]
    with pytest.raises(MutationRejected) as refused:
        await sign_in(careful, VISITOR, SAM, PASSWORD)
    assert problems(refused.value) == [("RATE_LIMITED", "")]


async def test_of_two_who_change_it_at_once_one_does(writing: MutationContext) -> None:
    callers = [(await signed_in_as(writing))[1] for _ in range(3)]
    changes = (change(writing, who, PASSWORD, f"{NEW} {number}") for number, who in enumerate(callers))
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Refused", "Refused", "UUID"]
    [winner] = [number for number, result in enumerate(results) if isinstance(result, UUID)]
    assert await verify_password(await stored_hash(writing), f"{NEW} {winner}")
    assert len(await open_sessions(writing)) == 1
    assert len(await audited(writing, "user.password_changed")) == 1


async def test_a_change_ends_the_link_that_is_out(writing: MutationContext) -> None:
    token = await link_token(writing)
    _, who = await signed_in_as(writing)
    await change(writing, who, PASSWORD, NEW)
    with pytest.raises(MutationRejected) as refused:
        await run_in_transaction(writing, VISITOR, lambda work: reset(work, token, NEW + "!"))
    assert problems(refused.value) == [("TOKEN_INVALID", "input.token")]
