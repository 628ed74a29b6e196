"""The mutations of webhooks: create, change, test and remove them, send events again, and replace their secrets."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import strawberry

import models
from resolvers.mutations.webhooks import configure, requests, signing_secrets
from resolvers.mutations.webhooks.signing_secrets import NewWebhookSecret
from resolvers.public_id import encode, key
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.audit_kinds import AuditKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import given_values, gql_input, id_of
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneOrganization

_URL = "The URL: https and a public host name, at most 2,000 characters, without credentials or fragment."
_ORGANIZATION = "The organization with its webhooks. Null if the mutation failed."


def _webhook_id() -> Any:
    return id_of(models.Webhook, "The `webhookId` of the webhook, from `Organization.webhooks`.")


@gql_input
class CreateWebhookInput:
    """Input for `createWebhook`."""

    organization: strawberry.ID = strawberry.field(description="The id of your organization.")
    url: str = strawberry.field(description=_URL)
    kinds: list[AuditKind] = strawberry.field(description="The kinds of events to send, at least one.")


@gql_input
class UpdateWebhookInput:
    """Input for `updateWebhook`. Omitted fields stay unchanged, and a list replaces the whole previous list."""

    id: strawberry.ID = _webhook_id()
    url: str | None = strawberry.field(description=f"{_URL} Must not be null.", default=strawberry.UNSET)
    kinds: list[AuditKind] | None = strawberry.field(
        description="All kinds of events to send, at least one. Must not be null.", default=strawberry.UNSET
    )
    active: bool | None = strawberry.field(
        description="`false` pauses the webhook; `true` resumes it, also after the server has stopped it. Must not be "
        "null.",
        default=strawberry.UNSET,
    )
    replay_since: DateTime | None = strawberry.field(
        description="Sends the events from this time on once more, with their ids and new sequences: a time of the "
        "last 30 days. Must not be null.",
        default=strawberry.UNSET,
    )


@gql_input
class RemoveWebhookInput:
    """Input for `removeWebhook`."""

    id: strawberry.ID = _webhook_id()


@gql_input
class RotateWebhookSecretInput:
    """Input for `rotateWebhookSecret`."""

    id: strawberry.ID = _webhook_id()


@gql_input
class RetireWebhookSecretInput:
    """Input for `retireWebhookSecret`."""

    id: strawberry.ID = _webhook_id()


@gql_input
class SendWebhookTestInput:
    """Input for `sendWebhookTest`."""

    id: strawberry.ID = _webhook_id()


@gql_input
class ResendWebhookEventInput:
    """Input for `resendWebhookEvent`."""

    id: strawberry.ID = _webhook_id()
    delivery: strawberry.ID = id_of(
        models.WebhookDelivery, "The `deliveryId` of a delivery in its log that is neither a test nor pending."
    )


@gql_type
class CreateWebhookPayload:
    """The created webhook and its secret, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    webhook_id: strawberry.ID | None = strawberry.field(
        description="The id of the webhook. Null if the mutation failed."
    )
    secret: str | None = strawberry.field(
        description="The secret that signs the messages, `whsec_…`. It is returned only once. Null if the mutation "
        "failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RotateWebhookSecretPayload:
    """The second secret of the webhook, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    secret: str | None = strawberry.field(
        description="The new secret, `whsec_…`. It is returned only once. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class UpdateWebhookPayload:
    """The organization with the changed webhook, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveWebhookPayload:
    """The organization without the removed webhook, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    errors: list[MutationError] = errors_field()


@gql_type
class RetireWebhookSecretPayload:
    """The organization with the webhook, which has one secret left, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    errors: list[MutationError] = errors_field()


@gql_type
class SendWebhookTestPayload:
    """The organization with the webhook, whose log has the test, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    errors: list[MutationError] = errors_field()


@gql_type
class ResendWebhookEventPayload:
    """The organization with the webhook, whose log has the repetition, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed(_ORGANIZATION)
    errors: list[MutationError] = errors_field()


async def create_webhook(
    info: Info, input: Annotated[CreateWebhookInput, strawberry.argument(description="The new webhook.")]
) -> CreateWebhookPayload:
    """Resolves `createWebhook`. The payload is read as the caller."""
    organization = key(input.organization, models.Organization)
    data, new, errors = await _with_secret(
        info, lambda work: configure.create_webhook(work, organization, input.url, input.kinds)
    )
    id_ = strawberry.ID(encode(models.Webhook, new.webhook_id)) if new else None
    return CreateWebhookPayload(data=data, webhook_id=id_, secret=new.secret if new else None, errors=errors)


async def update_webhook(
    info: Info, input: Annotated[UpdateWebhookInput, strawberry.argument(description="The webhook and the changes.")]
) -> UpdateWebhookPayload:
    """Resolves `updateWebhook`. The payload is read as the caller."""
    webhook, given = key(input.id, models.Webhook), given_values(input)
    change: Any = {name: given[name] for name in ("url", "kinds", "active", "replay_since") if name in given}
    data, errors = await run_mutation(info, lambda work: configure.update_webhook(work, webhook, change))
    return UpdateWebhookPayload(data=data, errors=errors)


async def remove_webhook(
    info: Info, input: Annotated[RemoveWebhookInput, strawberry.argument(description="The webhook to remove.")]
) -> RemoveWebhookPayload:
    """Resolves `removeWebhook`. The payload is read as the caller."""
    webhook = key(input.id, models.Webhook)
    data, errors = await run_mutation(info, lambda work: configure.remove_webhook(work, webhook))
    return RemoveWebhookPayload(data=data, errors=errors)


async def rotate_webhook_secret(
    info: Info, input: Annotated[RotateWebhookSecretInput, strawberry.argument(description="The webhook.")]
) -> RotateWebhookSecretPayload:
    """Resolves `rotateWebhookSecret`. The payload is read as the caller."""
    webhook = key(input.id, models.Webhook)
    data, new, errors = await _with_secret(info, lambda work: signing_secrets.rotate_webhook_secret(work, webhook))
    return RotateWebhookSecretPayload(data=data, secret=new.secret if new else None, errors=errors)


async def retire_webhook_secret(
    info: Info, input: Annotated[RetireWebhookSecretInput, strawberry.argument(description="The webhook.")]
) -> RetireWebhookSecretPayload:
    """Resolves `retireWebhookSecret`. The payload is read as the caller."""
    webhook = key(input.id, models.Webhook)
    data, errors = await run_mutation(info, lambda work: signing_secrets.retire_webhook_secret(work, webhook))
    return RetireWebhookSecretPayload(data=data, errors=errors)


async def send_webhook_test(
    info: Info, input: Annotated[SendWebhookTestInput, strawberry.argument(description="The webhook to test.")]
) -> SendWebhookTestPayload:
    """Resolves `sendWebhookTest`. The payload is read as the caller."""
    webhook = key(input.id, models.Webhook)
    data, errors = await run_mutation(info, lambda work: requests.send_webhook_test(work, webhook))
    return SendWebhookTestPayload(data=data, errors=errors)


async def resend_webhook_event(
    info: Info,
    input: Annotated[ResendWebhookEventInput, strawberry.argument(description="The delivery to repeat.")],
) -> ResendWebhookEventPayload:
    """Resolves `resendWebhookEvent`. The payload is read as the caller."""
    webhook, delivery = key(input.id, models.Webhook), key(input.delivery, models.WebhookDelivery)
    data, errors = await run_mutation(info, lambda work: requests.resend_webhook_event(work, webhook, delivery))
    return ResendWebhookEventPayload(data=data, errors=errors)


async def _with_secret(
    info: Info, mutation: Callable[[UnitOfWork], Awaitable[NewWebhookSecret]]
) -> tuple[PayloadData, NewWebhookSecret | None, list[MutationError]]:
    """Like `run_mutation`, and also returns the new secret, or None if the mutation failed."""
    made: list[NewWebhookSecret] = []

    async def run(work: UnitOfWork) -> UUID:
        made[:] = [await mutation(work)]
        return made[0].organization_id

    data, errors = await run_mutation(info, run)
    return data, made[0] if made and not errors else None, errors
