"""Sends the deliveries of webhooks until it is stopped. Any number of workers may run, in any processes."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from app.background import end_tasks, end_within, repeat, run_in_background
from app.background_metrics import ACCEPTED, REJECTED, BackgroundMetrics, Task
from app.database.errors import DATABASE_ERRORS
from app.database.pools import create_write_engine
from app.egress.client import EgressClient, EgressResponse
from app.egress.errors import EgressError
from app.settings import Settings
from app.webhooks.signature import signed_headers
from resolvers.callers.caller import Caller
from resolvers.mutations.webhooks.claim import claim_next
from resolvers.mutations.webhooks.delivery import ClaimedDelivery, Outcome
from resolvers.mutations.webhooks.recent_work import LastLook
from resolvers.mutations.webhooks.settle import delete_old_deliveries, settle
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

log = logging.getLogger("portico.webhooks")

POLL_SECONDS: Final = 2.0
DELETE_SECONDS: Final = 3600.0
STATEMENT_SECONDS: Final = 30.0
CLOSE_SECONDS: Final = 2.0

AT_ONCE: Final = 8
"""How many deliveries a process sends at a time."""


async def run_webhook_worker(
    settings: Settings, context: Callable[[], MutationContext], metrics: BackgroundMetrics
) -> None:
    """Sends one delivery after the other until cancelled, under the policy that `context` returns for each, and deletes
    old ones. Its short transactions use a connection of their own.

    Waits while the database is unavailable.
    """
    engine = create_write_engine(
        settings.database(), max_connections=1, statement_timeout=STATEMENT_SECONDS, name="portico webhooks"
    )

    def own_context() -> MutationContext:
        return replace(context(), engine=engine, places=None)

    async def delete() -> bool:
        return await delete_old_deliveries(own_context()) > 0

    worker = WebhookWorker(own_context, EgressClient(settings.egress()), metrics)
    deleting = repeat(delete, DELETE_SECONDS, log, "Deleting old deliveries of webhooks failed")
    try:
        async with run_in_background(deleting):
            rounds, failure = metrics.start(Task.WEBHOOKS), "Looking for deliveries of webhooks failed"
            await repeat(worker.step, POLL_SECONDS, log, failure, rounds)
    finally:
        await worker.close()
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connection for webhooks")


class WebhookWorker:
    """Claims deliveries, sends up to `AT_ONCE` of them at a time through `client`, and counts them in `metrics`."""

    def __init__(
        self, context: Callable[[], MutationContext], client: EgressClient, metrics: BackgroundMetrics
    ) -> None:
        self._context, self._client, self._metrics = context, client, metrics
        self._last_look = LastLook()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._sending: set[asyncio.Task[None]] = set()

    async def step(self) -> bool:
        """Claims a delivery and begins to send it. Returns whether there was anything to do."""
        await self._places.acquire()
        delivery = None
        try:
            since = self._last_look.since()
            claim = await run_in_transaction(self._context(), Caller(), lambda work: claim_next(work, since))
            delivery = claim.delivery
            if claim.looked_at is not None:
                self._last_look.note(claim.looked_at, since)
        finally:
            if delivery is None:
                self._places.release()
        if delivery is not None:
            task = asyncio.create_task(self._deliver(delivery))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return claim.found

    async def idle(self) -> None:
        """Waits until nothing is being sent."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def close(self) -> None:
        """Ends what is being sent. It is sent again when its lease has ended."""
        await end_tasks(list(self._sending), CLOSE_SECONDS)

    async def _deliver(self, delivery: ClaimedDelivery) -> None:
        try:
            outcome = await self._send(delivery)
            self._metrics.deliveries[outcome.failure or (ACCEPTED if outcome.succeeded else REJECTED)] += 1
            await run_in_transaction(self._context(), Caller(), lambda work: settle(work, delivery, outcome))
            log.info(
                "Webhook delivery %s, attempt %d: %s in %d ms.",
                delivery.id,
                delivery.attempts + 1,
                outcome.failure or outcome.status,
                outcome.milliseconds,
            )
        except DATABASE_ERRORS as error:
            log.warning("The outcome of a webhook delivery can't be recorded (%s).", type(error).__name__)
        except Exception:
            log.exception("A webhook delivery failed.")
        finally:
            self._places.release()

    async def _send(self, delivery: ClaimedDelivery) -> Outcome:
        start = time.monotonic()
        headers = signed_headers(delivery.message_id, delivery.seconds, delivery.body, delivery.secrets)
        status = failure = retry_after = None
        try:
            response = await self._client.send("POST", delivery.url, headers, delivery.body, max_bytes=0)
            status, retry_after = response.status, _retry_after(response)
        except EgressError as error:
            failure = error.failure
        return Outcome(status, failure, int((time.monotonic() - start) * 1000), retry_after)


def _retry_after(response: EgressResponse) -> timedelta | None:
    """For how long the receiver asks to be left alone, in seconds (RFC 9110, section 10.2.3). A date is ignored."""
    text = response.headers.get("retry-after", "")
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else None
