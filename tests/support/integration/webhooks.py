"""Webhooks for tests: create one, and run a worker until it has nothing more to do."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from standardwebhooks import Webhook as Verifier

from app.background_metrics import BackgroundMetrics
from app.demo.fixed_ids import named_key
from app.egress.client import EgressClient, EgressSettings
from app.webhooks.worker import WebhookWorker
from models import AuditKind
from resolvers.mutations.webhooks.configure import create_webhook, update_webhook
from resolvers.mutations.webhooks.signing_secrets import NewWebhookSecret
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.http.scripted_server import Received, ScriptedServer, scripted_server
from tests.support.resolver_fixtures import caller, organization_of, rows, run

ADA = "ada@acme.example"
OK, ERROR, GONE = (
    f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode() for status in ("200 OK", "500 Error", "410 Gone")
)


@dataclass
class Receiver:
    """A server that receives webhooks, and the worker that sends to it."""

    server: ScriptedServer
    writing: MutationContext
    worker: WebhookWorker
    metrics: BackgroundMetrics

    def url(self, path: str = "/in") -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"

    async def add(self, *kinds: AuditKind, who: str = ADA, path: str = "/in") -> NewWebhookSecret:
        return await add_webhook(self.writing, self.url(path), kinds or (AuditKind.USER_UPDATED,), who)

    async def work(self) -> None:
        """Sends everything that is due now."""
        while await self.worker.step():
            await self.worker.idle()
        await self.worker.idle()

    async def later(self) -> None:
        """Lets the pause after a failure end, and sends what is due then."""
        await run(self.writing, "UPDATE webhooks SET due_at = now()")
        await self.work()

    def answer(self, *responses: bytes) -> None:
        """Answers the next requests with these responses, and all further ones with the last."""
        left = list(responses)
        self.server.respond = lambda _: left.pop(0) if len(left) > 1 else left[0]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages received so far."""
        return [json.loads(request.body) for request in self.server.received]

    @property
    def sequences(self) -> list[int]:
        """Their sequences, in the order of their arrival."""
        return [message["data"]["sequence"] for message in self.messages]


@asynccontextmanager
async def receiver(writing: MutationContext) -> AsyncIterator[Receiver]:
    """Runs a server that accepts every message, and a worker that has not begun."""
    writing = replace(writing, allows_loopback=True)
    async with scripted_server() as server:
        server.respond = lambda _: OK
        client = EgressClient(EgressSettings(allows_loopback=True))
        metrics = BackgroundMetrics()
        worker = WebhookWorker(lambda: writing, client, metrics)
        try:
            yield Receiver(server, writing, worker, metrics)
        finally:
            await worker.close()


async def add_webhook(
    writing: MutationContext, url: str, kinds: Sequence[AuditKind], who: str = ADA
) -> NewWebhookSecret:
    """Creates a webhook as this user."""
    admin = await caller(writing, who)
    return await run_in_transaction(
        writing, admin, lambda work: create_webhook(work, organization_of(who), url, list(kinds))
    )


async def change_webhook(writing: MutationContext, webhook_id: UUID, who: str = ADA, **change: Any) -> None:
    """Changes a webhook as this user."""
    admin, given = await caller(writing, who), change
    await run_in_transaction(writing, admin, lambda work: update_webhook(work, webhook_id, given))  # type: ignore[arg-type]


async def happen(writing: MutationContext, *emails: str, kind: AuditKind = AuditKind.USER_UPDATED) -> None:
    """Writes an event about each of these users of one organization, one transaction after the other."""
    for email in emails:
        insert = (
            "INSERT INTO audit_events (id, organization_id, tenant_id, kind, subject_id) "
            "VALUES (gen_random_uuid(), :organization, :organization, :kind, :user)"
        )
        values = {"organization": organization_of(email), "kind": kind.value, "user": named_key(email)}
        await run(writing, insert, **values)


async def state_of(writing: MutationContext, webhook_id: UUID) -> tuple[str, str | None, int]:
    """The state of a webhook, why it was stopped, and how many attempts have failed in a row."""
    [row] = await rows(writing, "SELECT state, stop_reason, failures FROM webhooks WHERE id = :id", id=webhook_id)
    return row.state, row.stop_reason, row.failures


async def log_of(writing: MutationContext, webhook_id: UUID) -> list[tuple[str, str, int]]:
    """The cause, the state and the number of attempts of each delivery, the oldest first."""
    log = "SELECT cause, state, attempts FROM webhook_deliveries WHERE webhook_id = :id ORDER BY created_at, id"
    return [tuple(row) for row in await rows(writing, log, id=webhook_id)]


def verified(request: Received, secret: str) -> Any:
    """The message in a request, verified by the library of Standard Webhooks. Raises WebhookVerificationError."""
    return Verifier(secret).verify(request.body, request.headers)
