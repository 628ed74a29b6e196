"""Mutations of webhooks, prepared up to the moment when they run."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditKind
from resolvers.mutations.webhooks.configure import create_webhook, remove_webhook, update_webhook
from resolvers.mutations.webhooks.requests import resend_webhook_event, send_webhook_test
from resolvers.mutations.webhooks.signing_secrets import retire_webhook_secret, rotate_webhook_secret
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.mutations.of_someone import Mutation, of_ada
from tests.support.resolver_fixtures import rows, run

URL = "https://hooks.example.com/in"


def begin_create_webhook(writing: MutationContext) -> Awaitable[Mutation]:
    return of_ada(writing, lambda work: create_webhook(work, named_key(ACME), URL, [AuditKind.USER_CREATED]))


async def on_webhook(writing: MutationContext, do: Callable[..., Awaitable[Any]], *how: Any) -> Mutation:
    """A mutation of a webhook of Ada's."""
    webhook_id = (await (await begin_create_webhook(writing))()).webhook_id
    return await of_ada(writing, lambda work: do(work, webhook_id, *how))


def pause_webhook(work: UnitOfWork, webhook_id: UUID) -> Awaitable[UUID]:
    return update_webhook(work, webhook_id, {"active": False})


async def begin_retire_webhook_secret(writing: MutationContext) -> Mutation:
    rotate = await on_webhook(writing, rotate_webhook_secret)
    webhook_id = (await rotate()).webhook_id
    return await of_ada(writing, lambda work: retire_webhook_secret(work, webhook_id))


async def begin_resend_webhook_event(writing: MutationContext) -> Mutation:
    webhook_id = (await (await begin_create_webhook(writing))()).webhook_id
    sent = """INSERT INTO webhook_deliveries (id, organization_id, webhook_id, cause, state, event_id, sequence)
    SELECT gen_random_uuid(), organization_id, id, 'EVENT', 'DELIVERED', gen_random_uuid(), 1 FROM webhooks"""
    await run(writing, sent)
    [delivery] = await rows(writing, "SELECT id FROM webhook_deliveries")
    return await of_ada(writing, lambda work: resend_webhook_event(work, webhook_id, delivery.id))


WEBHOOK_MUTATIONS: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "createWebhook": (begin_create_webhook, "webhook.created", 0),
    "updateWebhook": (lambda writing: on_webhook(writing, pause_webhook), "webhook.updated", 0),
    "removeWebhook": (lambda writing: on_webhook(writing, remove_webhook), "webhook.removed", 0),
    "rotateWebhookSecret": (
        lambda writing: on_webhook(writing, rotate_webhook_secret),
        "webhook.secret_rotated",
        0,
    ),
    "retireWebhookSecret": (begin_retire_webhook_secret, "webhook.secret_retired", 0),
    "sendWebhookTest": (lambda writing: on_webhook(writing, send_webhook_test), "webhook.tested", 0),
    "resendWebhookEvent": (begin_resend_webhook_event, "webhook.event_resent", 0),
}
"""As `tests.support.mutations.begun.MUTATIONS`."""
