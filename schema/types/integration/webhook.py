"""The types `Webhook` and `WebhookDelivery`."""

import strawberry

from resolvers.query.registry import Encoding
from resolvers.types import webhook
from schema.declare.audit_kinds import AuditKind
from schema.declare.fields import column, computed, gql_type, listed
from schema.declare.scalars import DateTime
from schema.declare.webhook_enums import DeliveryCause, DeliveryState, EgressFailure, WebhookState, WebhookStop


@gql_type
class WebhookDelivery:
    """What was sent to a webhook, or is to be sent. The log of a webhook has its newest 100 deliveries, for 30 days at
    most."""

    delivery_id: strawberry.ID = column("The id of the delivery, for `resendWebhookEvent`.", encoding=Encoding.PLAIN)
    cause: DeliveryCause = column("Why it was sent.")
    kind: AuditKind = column("The kind of the event; `WEBHOOK_TESTED` for a test.", encoding=Encoding.PLAIN)
    event_id: strawberry.ID | None = column("The id of the audit event. Null for a test.", encoding=Encoding.PLAIN)
    sequence: int | None = column(
        "The place of the event among those that were sent to the webhook, without gaps. Null for a test."
    )
    state: DeliveryState = column("What became of it.")
    attempts: int = column("How many times it has been sent.")
    attempted_at: DateTime | None = column("When it was last sent. Null if it wasn't yet.")
    status: int | None = column("The HTTP status of the last response. Null if there was none.")
    failure: EgressFailure | None = column("Why there was no response the last time. Null if there was one.")
    milliseconds: int | None = column("How long the last attempt took.")
    created_at: DateTime = column("When the delivery was due for the first time.")


@gql_type
class Webhook:
    """An address to which events of the organization are sent, as the owner sees them. Each event is sent in order, and
    at least once."""

    webhook_id: strawberry.ID = column("The id of the webhook, for the mutations.", encoding=Encoding.PLAIN)
    url: str = column("The URL that the events are sent to.")
    kinds: list[AuditKind] = computed(webhook.kinds, "The kinds of events that are sent.", Encoding.PLAIN_LIST)
    owner_id: strawberry.ID | None = column(
        "The id of the admin who set the webhook up or changed it last. What they may not view is not sent. Null if "
        "the user isn't visible to you.",
        "owner_key",
        Encoding.PLAIN,
    )
    owner_name: str | None = column("The display name of that admin. Null if the user isn't visible to you.")
    state: WebhookState = column("Whether events are sent.")
    stop_reason: WebhookStop | None = column("Why the server stopped the webhook. Null if it didn't.")
    failing_since: DateTime | None = column("Since when the next event has not been accepted. Null if none has failed.")
    next_attempt_at: DateTime | None = computed(
        webhook.next_attempt_at, "When that event is tried again. Null if none has failed."
    )
    sequence: int = column("How many events have been sent.")
    secret_hint: str = column("The last characters of the secret, to distinguish it from the former one.")
    former_secret_hint: str | None = column(
        "The last characters of the former secret, which signs too until it is retired. Null if there is none.",
        "former_hint",
    )
    deliveries: list[WebhookDelivery] = listed(
        webhook.deliveries, "The log: tests, and the events that are visible to you, the newest first."
    )
    created_at: DateTime = column("When the webhook was created.")
