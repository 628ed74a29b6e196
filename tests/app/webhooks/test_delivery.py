"""Events reach their receivers: signed, in order, at least once, and no more than the owner of the webhook may view."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import WebhookVerificationError

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditEvent, AuditKind, Organization, User
from resolvers import public_id
from resolvers.callers.caller import Caller
from resolvers.mutations.webhooks import claim as claim_module
from resolvers.mutations.webhooks.claim import MOST_OF_ORGANIZATION, claim_next
from resolvers.mutations.webhooks.requests import resend_webhook_event, send_webhook_test
from resolvers.mutations.webhooks.settle import KEPT_DELIVERIES, delete_old_deliveries
from resolvers.mutations.webhooks.signing_secrets import retire_webhook_secret, rotate_webhook_secret
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.integration.webhooks import (
    ADA,
    ERROR,
    OK,
    Receiver,
    add_webhook,
    change_webhook,
    happen,
    log_of,
    receiver,
    state_of,
    verified,
)
from tests.support.resolver_fixtures import caller, rows, run

pytestmark = pytest.mark.invariant("webhooks")

SAM, BEN, SUE, MAX = "sam@acme.example", "ben@acme.example", "sue@acme.example", "max@globex.example"


@pytest.fixture
async def at(writing: MutationContext) -> AsyncIterator[Receiver]:
    async with receiver(writing) as found:
        yield found


async def test_a_message_says_what_happened_and_no_more(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE)
    await at.work()
    [event] = await rows(
        at.writing, "SELECT id FROM audit_events WHERE kind = 'user.updated' ORDER BY number DESC LIMIT 1"
    )
    [request], [message] = at.server.received, at.messages
    assert message.keys() == {"type", "timestamp", "data"}
    assert message["type"] == "user.updated"
    assert message["data"] == {
        "event": public_id.encode(AuditEvent, event.id),
        "subject": public_id.encode(User, named_key(SUE)),
        "organization": public_id.encode(Organization, named_key(ACME)),
        "sequence": 1,
    }
    assert request.line.startswith("POST /in ")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == message["data"]["event"]
    assert verified(request, new.secret) == message
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "DELIVERED", 1)]


async def test_a_forged_or_changed_message_is_not_verified(at: Receiver) -> None:
    new, other = await at.add(), await at.add(path="/other")
    await happen(at.writing, SUE)
    await at.work()
    request = next(request for request in at.server.received if request.line.startswith("POST /in "))
    verified(request, new.secret)
    with pytest.raises(WebhookVerificationError):
        verified(request, other.secret)
    for header, value in (("webhook-timestamp", "1"), ("webhook-id", "evt_1"), ("webhook-signature", "v1,AAAA")):
        forged = {**request.headers, header: value}
        with pytest.raises(WebhookVerificationError):
            verified(type(request)(request.line, forged, request.body, None), new.secret)
    with pytest.raises(WebhookVerificationError):
        verified(type(request)(request.line, request.headers, request.body + b" ", None), new.secret)


async def test_only_events_from_then_on_of_the_chosen_kinds_are_sent(at: Receiver) -> None:
    await happen(at.writing, BEN)
    await at.add(AuditKind.USER_REMOVED, AuditKind.USER_UPDATED)
    await happen(at.writing, SUE, kind=AuditKind.USER_VIEWED_AS)
    await happen(at.writing, SUE, kind=AuditKind.USER_REMOVED)
    await happen(at.writing, SUE)
    await at.work()
    assert [message["type"] for message in at.messages] == ["user.removed", "user.updated"]
    assert at.sequences == [1, 2]


async def test_nothing_of_another_organization_is_sent(at: Receiver) -> None:
    await at.add(*AuditKind)
    await happen(at.writing, MAX)
    await at.work()
    organizations = {message["data"]["organization"] for message in at.messages}
    assert organizations == {public_id.encode(Organization, named_key(ACME))}  # those of the creation of the webhook


async def test_events_keep_their_order_while_one_fails(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE, BEN, SAM)
    at.answer(ERROR, ERROR, OK)
    await at.work()
    assert at.sequences == [1]
    assert await state_of(at.writing, new.webhook_id) == ("ACTIVE", None, 1)
    await at.later()
    await at.later()
    assert at.sequences == [1, 1, 1, 2, 3]
    assert len({request.headers["webhook-id"] for request in at.server.received[:3]}) == 1
    assert await state_of(at.writing, new.webhook_id) == ("ACTIVE", None, 0)
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "DELIVERED", 3), *[("EVENT", "DELIVERED", 1)] * 2]
    assert at.metrics.deliveries == {"rejected": 2, "accepted": 3}


async def test_attempts_without_a_response_are_counted_by_their_failure(at: Receiver) -> None:
    await add_webhook(at.writing, "http://127.0.0.1:1/in", [AuditKind.USER_UPDATED])
    await happen(at.writing, SUE)
    await at.work()
    assert at.metrics.deliveries == {"CONNECTION_FAILED": 1}


async def test_whoever_is_killed_while_sending_loses_nothing(at: Receiver) -> None:
    await at.add()
    await happen(at.writing, SUE, BEN)
    killed = (await run_in_transaction(at.writing, Caller(), claim_next)).delivery
    assert killed is not None
    await at.work()
    assert at.messages == []  # the lease of the killed process protects the order
    await run(at.writing, "UPDATE webhooks SET leased_until = now()")
    await at.work()
    assert at.sequences == [1, 2]
    assert at.server.received[0].headers["webhook-id"] == killed.message_id


async def test_a_late_outcome_does_not_count_once_another_process_has_taken_over(at: Receiver) -> None:
    new = await at.add()
    await happen(at.writing, SUE)
    taken_over = asyncio.Event()

    async def respond() -> bytes:
        await taken_over.wait()
        return ERROR

    at.server.respond = lambda _: respond()
    await at.worker.step()
    while not at.server.received:
        await asyncio.sleep(0.01)
    await run(at.writing, "UPDATE webhooks SET leased_until = now()")
    async with receiver(at.writing) as other:
        other.server.respond = lambda _: OK
        await run(at.writing, f"UPDATE webhooks SET url = '{other.url()}'")
        await other.work()
        assert other.sequences == [1]
    taken_over.set()
    await at.worker.idle()
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "DELIVERED", 1)]
    assert await state_of(at.writing, new.webhook_id) == ("ACTIVE", None, 0)


async def test_both_secrets_sign_until_the_former_one_is_retired(at: Receiver) -> None:
    first, ada = await at.add(), await caller(at.writing, ADA)
    second = await run_in_transaction(at.writing, ada, lambda work: rotate_webhook_secret(work, first.webhook_id))
    await happen(at.writing, SUE)
    await at.work()
    assert verified(at.server.received[0], first.secret) == verified(at.server.received[0], second.secret)
    await run_in_transaction(at.writing, ada, lambda work: retire_webhook_secret(work, first.webhook_id))
    await happen(at.writing, SUE)
    await at.work()
    verified(at.server.received[1], second.secret)
    with pytest.raises(WebhookVerificationError):
        verified(at.server.received[1], first.secret)


async def test_a_paused_webhook_goes_on_where_it_stopped(at: Receiver) -> None:
    new = await at.add()
    await change_webhook(at.writing, new.webhook_id, active=False)
    await happen(at.writing, SUE, BEN)
    await at.work()
    assert at.messages == []
    await change_webhook(at.writing, new.webhook_id, active=True)
    await at.work()
    assert at.sequences == [1, 2]


async def test_a_test_is_sent_even_if_it_is_paused_and_only_once(at: Receiver) -> None:
    new, ada = await at.add(), await caller(at.writing, ADA)
    await change_webhook(at.writing, new.webhook_id, active=False)
    at.answer(ERROR)
    await run_in_transaction(at.writing, ada, lambda work: send_webhook_test(work, new.webhook_id))
    await at.work()
    await at.later()
    [message] = at.messages
    assert (message["type"], list(message["data"])) == ("webhook.tested", ["webhook"])
    assert await log_of(at.writing, new.webhook_id) == [("TEST", "FAILED", 1)]
    assert await state_of(at.writing, new.webhook_id) == ("PAUSED", None, 0)


async def test_an_event_is_sent_again_with_the_same_id_and_sequence(at: Receiver) -> None:
    new, ada = await at.add(), await caller(at.writing, ADA)
    await happen(at.writing, SUE)
    await at.work()
    [delivery] = await rows(at.writing, "SELECT id FROM webhook_deliveries")
    await run_in_transaction(at.writing, ada, lambda work: resend_webhook_event(work, new.webhook_id, delivery.id))
    await at.work()
    assert at.sequences == [1, 1]
    assert at.messages[0] == at.messages[1]
    assert await log_of(at.writing, new.webhook_id) == [("EVENT", "DELIVERED", 1), ("RESEND", "DELIVERED", 1)]


async def test_events_of_the_last_days_are_sent_once_more(at: Receiver) -> None:
    await happen(at.writing, SUE)
    new = await at.add()
    await happen(at.writing, BEN, SAM)
    await at.work()
    await change_webhook(at.writing, new.webhook_id, replay_since=datetime.now(UTC) - timedelta(days=1))
    await at.work()
    subjects = [message["data"]["subject"] for message in at.messages]
    assert subjects == [public_id.encode(User, named_key(email)) for email in (BEN, SAM, SUE, BEN, SAM)]
    assert at.sequences == [1, 2, 3, 4, 5]
    ids = [request.headers["webhook-id"] for request in at.server.received]
    assert ids[:2] == ids[3:]
    await change_webhook(at.writing, new.webhook_id, replay_since=datetime.now(UTC) + timedelta(days=1))
    await at.work()
    assert len(at.messages) == 5


async def test_one_slow_receiver_does_not_hold_others_up(at: Receiver) -> None:
    for path in ("/1", "/2", "/3"):
        await at.add(path=path)
    await at.add(who=MAX, path="/max")
    await happen(at.writing, SUE, MAX)
    released = asyncio.Event()

    async def slow() -> bytes:
        await released.wait()
        return OK

    at.server.respond = lambda request: OK if "/max" in request.line else slow()
    while await at.worker.step():
        pass
    while len(at.server.received) < MOST_OF_ORGANIZATION + 1:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    paths = [request.line.split()[1] for request in at.server.received]
    assert "/max" in paths
    assert len(paths) == MOST_OF_ORGANIZATION + 1
    released.set()
    await at.worker.idle()
    await at.work()
    assert len(at.server.received) == 4


async def test_many_events_of_other_kinds_are_passed_in_steps(at: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_module, "LOOKED_AT", 3)
    await at.add()
    await happen(at.writing, *[SUE] * 10, kind=AuditKind.USER_VIEWED_AS)
    await happen(at.writing, BEN)
    await at.work()
    assert at.sequences == [1]


async def test_the_log_keeps_the_newest_for_a_time(at: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.mutations.webhooks.settle.KEPT_DELIVERIES", 3)
    assert KEPT_DELIVERIES > 3
    new = await at.add()
    await happen(at.writing, *[SUE] * 5)
    await at.work()
    assert len(await log_of(at.writing, new.webhook_id)) == 3
    await run(at.writing, "UPDATE webhook_deliveries SET created_at = now() - interval '31 days' WHERE sequence < 5")
    assert await delete_old_deliveries(at.writing) == 2
    assert await rows(at.writing, "SELECT sequence FROM webhook_deliveries") == [(5,)]
