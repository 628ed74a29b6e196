"""A look for changes finds what a look at all webhooks would find, whatever has happened since the one before."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import pytest

from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.mutations.webhooks import recent_work
from resolvers.mutations.webhooks.claim import Claim, claim_next
from resolvers.mutations.webhooks.recent_work import MARGIN, WHOLE_SECONDS, LastLook
from resolvers.mutations.webhooks.requests import send_webhook_test
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.integration.webhooks import ADA, add_webhook, happen
from tests.support.resolver_fixtures import caller, rows, run

SUE, BEN = "sue@acme.example", "ben@acme.example"
LONG_AGO: Final = "now() - interval '1 hour'"
QUIET = f"UPDATE webhooks SET due_at = {LONG_AGO}, served_at = {LONG_AGO}"
SKIP = "UPDATE webhooks SET position = (SELECT number FROM audit_heads WHERE chain = organization_id)"


async def look(writing: MutationContext, since: datetime | None = None) -> Claim:
    """A look at all webhooks, or at what has changed since the look at that time: of the margin, nothing is left."""
    begin = None if since is None else since + MARGIN
    return await run_in_transaction(writing, Caller(), lambda work: claim_next(work, begin))


async def event(writing: MutationContext) -> None:
    await happen(writing, SUE)


async def end_of_a_pause(writing: MutationContext) -> None:
    await run(writing, "UPDATE webhooks SET due_at = now(), position = position - 1")


async def request_of_a_test(writing: MutationContext) -> None:
    [webhook] = await rows(writing, "SELECT id FROM webhooks")
    ada = await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: send_webhook_test(work, webhook.id))


async def end_of_a_lease(writing: MutationContext) -> None:
    """Of a process that was killed."""
    await run(writing, f"UPDATE webhooks SET position = position - 1, leased_until = {LONG_AGO}")


async def release(writing: MutationContext) -> None:
    """By a process that has sent one of several events."""
    await run(writing, "UPDATE webhooks SET position = position - 1, served_at = now()")


CHANGES = (event, end_of_a_pause, request_of_a_test, end_of_a_lease, release)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_each_change_is_found(
    writing: MutationContext, change: Callable[[MutationContext], Awaitable[None]]
) -> None:
    await add_webhook(writing, "https://hooks.example.com/", [AuditKind.USER_UPDATED], ADA)
    await happen(writing, BEN)
    for statement in (QUIET, SKIP):
        await run(writing, statement)
    looked_at = (await look(writing)).looked_at
    assert looked_at is not None
    assert not (await look(writing, looked_at)).found
    await change(writing)
    assert (await look(writing, looked_at)).delivery is not None


async def test_what_was_committed_late_is_found_by_a_look_at_all(writing: MutationContext) -> None:
    await add_webhook(writing, "https://hooks.example.com/", [AuditKind.USER_UPDATED], ADA)
    await happen(writing, BEN)
    await run(writing, QUIET)
    [(now,)] = await rows(writing, "SELECT now()")
    assert not (await look(writing, now)).found
    assert (await look(writing)).delivery is not None


async def test_a_transaction_may_have_begun_shortly_before_the_last_look(writing: MutationContext) -> None:
    await add_webhook(writing, "https://hooks.example.com/", [AuditKind.USER_UPDATED], ADA)
    await happen(writing, BEN)
    await run(writing, QUIET)
    [(now,)] = await rows(writing, "SELECT now()")
    assert (await look(writing, now - timedelta(seconds=5))).delivery is not None


async def test_if_too_much_has_happened_all_are_looked_at(
    writing: MutationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_work, "MOST_ORGANIZATIONS", 0)
    await add_webhook(writing, "https://hooks.example.com/", [AuditKind.USER_UPDATED], ADA)
    await happen(writing, BEN)
    assert (await look(writing, datetime.fromisoformat("2020-01-01T00:00:00Z"))).delivery is not None


def test_now_and_then_all_are_looked_at() -> None:
    now = 0.0
    look, at = LastLook(lambda: now), datetime.fromisoformat("2026-11-30T12:00:00Z")
    assert look.since() is None
    look.note(at, None)
    assert look.since() == at
    now = WHOLE_SECONDS - 1
    later = at + timedelta(seconds=now)
    look.note(later, at)
    assert look.since() == later
    now = WHOLE_SECONDS
    assert look.since() is None
    look.note(later, None)
    assert look.since() == later
