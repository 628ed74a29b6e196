"""What happens when a receiver doesn't accept an event, or the webhook may not send any."""

from collections.abc import AsyncIterator

import pytest

from app.demo.fixed_ids import named_key
from resolvers.mutations.webhooks.requests import send_webhook_test
from resolvers.mutations.webhooks.retry import PAUSES
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.distribution.moved_times import earlier
from tests.support.integration.webhooks import (
    ADA,
    ERROR,
    GONE,
    OK,
    Receiver,
    change_webhook,
    happen,
    log_of,
    receiver,
    state_of,
)
from tests.support.resolver_fixtures import caller, rows, run

pytestmark = pytest.mark.invariant("webhooks")

DELIVERIES = "webhooks w JOIN webhook_deliveries d ON d.organization_id = w.organization_id AND d.webhook_id = w.id"
SAM, BEN, SUE, MAX = "sam@acme.example", "ben@acme.example", "sue@acme.example", "max@globex.example"


@pytest.fixture
async def at(writing: MutationContext) -> AsyncIterator[Receiver]:
    async with receiver(writing) as found:
        yield found


async def test_the_pauses_grow_by_the_clock_of_the_database_until_it_is_stopped(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE)
    at.answer(ERROR)
    pauses = []
    await at.work()
    for _ in PAUSES:
        [row] = await rows(at.writing, f"SELECT due_at - attempted_at AS pause FROM {DELIVERIES}")
        pauses.append(row.pause)
        await at.later()
    # Statements of one transaction begin at different times: each pause is a little longer than the one that was set.
    assert [int(pause / PAUSES[0]) for pause in pauses] == [int(pause / PAUSES[0]) for pause in PAUSES]
    assert await state_of(at.writing, new.webhook_id) == ("STOPPED", "FAILING", len(PAUSES))
    stopped = await rows(at.writing, "SELECT changes, actor_id FROM audit_events WHERE kind = 'webhook.stopped'")
    assert [(row.changes["reason"], row.actor_id) for row in stopped] == [([None, "FAILING"], None)]
    at.answer(OK)
    await at.later()
    assert len(at.messages) == len(PAUSES) + 1
    await change_webhook(at.writing, new.webhook_id, active=True)
    await at.work()
    assert at.sequences == [1] * (len(PAUSES) + 2)
    assert await state_of(at.writing, new.webhook_id) == ("ACTIVE", None, 0)


async def test_a_receiver_may_ask_for_a_longer_pause(at: Receiver) -> None:
    await at.add()
    await happen(at.writing, SUE)
    at.answer(b"HTTP/1.1 429 Slow\r\nRetry-After: 7200\r\nContent-Length: 0\r\n\r\n")
    await at.work()
    [row] = await rows(at.writing, f"SELECT due_at - attempted_at >= interval '2 hours' AS is_long FROM {DELIVERIES}")
    assert row.is_long


async def test_gone_stops_it_at_once(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE, BEN)
    at.answer(GONE)
    await at.work()
    await at.later()
    assert at.sequences == [1]
    assert await state_of(at.writing, new.webhook_id) == ("STOPPED", "GONE", 0)
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "FAILED", 1)]


@pytest.mark.parametrize("status", ["302 Found\r\nLocation: http://127.0.0.1:1/", "400 Bad", "404 No", "503 Later"])
async def test_any_other_answer_is_a_failure(at: Receiver, status: str) -> None:
    new = await at.add()
    await happen(at.writing, SUE)
    at.answer(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    await at.work()
    assert len(at.messages) == 1
    assert await state_of(at.writing, new.webhook_id) == ("ACTIVE", None, 1)


LIMITED = (
    """UPDATE users SET all_contract_accounts = false, all_delivery_accounts = false WHERE email = 'ada@acme.example'"""
)
WITHOUT = "DELETE FROM user_permissions WHERE user_id = :id AND permission = 'USER_MANAGEMENT'"
REMOVED = "UPDATE users SET removed_at = now() WHERE id = :id"


@pytest.mark.parametrize("change", [LIMITED, WITHOUT, REMOVED])
async def test_an_owner_who_may_have_no_webhooks_any_more_stops_it(at: Receiver, change: str) -> None:
    new, ada = await at.add(), await caller(at.writing, ADA)
    await run_in_transaction(at.writing, ada, lambda work: send_webhook_test(work, new.webhook_id))
    await run(at.writing, change, **({"id": named_key(ADA)} if ":id" in change else {}))
    await happen(at.writing, SUE)
    await at.work()
    assert at.messages == []
    assert await state_of(at.writing, new.webhook_id) == ("STOPPED", "OWNER", 0)
    assert await log_of(at.writing, new.webhook_id) == [("TEST", "WITHHELD", 0)]


async def test_a_secret_of_another_key_stops_it(at: Receiver) -> None:
    new = await at.add()
    await run(at.writing, "UPDATE webhooks SET secret = sha256('x')")
    await happen(at.writing, SUE)
    await at.work()
    assert at.messages == []
    assert await state_of(at.writing, new.webhook_id) == ("STOPPED", "SECRET", 0)


async def mails(at: Receiver) -> list[tuple[str, str]]:
    """The recipient of each mail about a webhook that has stopped, and the reason."""
    found = (
        "SELECT recipient, values ->> 'reason' AS reason FROM outbox_mails WHERE kind = 'WEBHOOK_STOPPED' ORDER BY 1"
    )
    return [(row.recipient, row.reason) for row in await rows(at.writing, found)]


async def test_those_who_may_change_webhooks_are_told_once_that_one_has_stopped(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE, BEN)
    at.answer(GONE)
    await at.work()
    # Sam is an admin too, but limited: he sees no webhooks.
    assert await mails(at) == [(ADA, "GONE")]
    [mail] = await rows(at.writing, "SELECT values FROM outbox_mails WHERE kind = 'WEBHOOK_STOPPED'")
    assert mail.values["webhook"] == at.url()
    # Resumed, it stops at once: the trail has it, and nobody is told again.
    await change_webhook(at.writing, new.webhook_id, active=True)
    await at.work()
    assert (await state_of(at.writing, new.webhook_id))[:2] == ("STOPPED", "GONE")
    assert await mails(at) == [(ADA, "GONE")]
    await run(at.writing, f"UPDATE outbox_mails SET created_at = {earlier('created_at', '1 hour')}")
    await change_webhook(at.writing, new.webhook_id, active=True)
    await happen(at.writing, SUE)
    await at.work()
    assert await mails(at) == [(ADA, "GONE")] * 2


async def test_a_failing_webhook_is_told_of_when_it_stops_and_not_before(at: Receiver) -> None:
    await at.add()
    await happen(at.writing, SUE)
    at.answer(ERROR)
    await at.work()
    for number in range(len(PAUSES)):
        assert await mails(at) == [], number
        await at.later()
    assert await mails(at) == [(ADA, "FAILING")]


async def test_another_webhook_that_stops_is_told_of_too(at: Receiver) -> None:
    for path in ("/one?token=secret", "/two"):
        await at.add(path=path)
    await happen(at.writing, SUE)
    at.answer(GONE)
    await at.work()
    names = await rows(
        at.writing, "SELECT values ->> 'webhook' AS webhook FROM outbox_mails WHERE kind = 'WEBHOOK_STOPPED' ORDER BY 1"
    )
    # A query may hold a secret, so it is in no mail.
    assert [row.webhook for row in names] == [at.url("/one"), at.url("/two")]
