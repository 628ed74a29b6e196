"""What admins ask to be sent to a webhook besides the events: a test, and an event once more."""

from uuid import UUID

from sqlalchemy import insert, select

from models import AuditKind, DeliveryCause, DeliveryState, WebhookDelivery, new_id
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.webhooks.lock import LockedWebhook, lock_webhook
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork

DELIVERY = ("input", "delivery")


async def send_webhook_test(work: UnitOfWork, webhook_id: UUID | None) -> UUID:
    """Send a test to a webhook, in whatever state it is, once. Returns the organization's id.

    Raises `MutationRejected` as `lock_webhook` does, and RATE_LIMITED.
    """
    webhook = await lock_webhook(work, webhook_id)
    await work.context.limits.ask_webhook(webhook.row.organization_id)
    await _add(work, webhook, DeliveryCause.TEST, None, None)
    return await _audit(work, webhook, AuditKind.WEBHOOK_TESTED)


async def resend_webhook_event(work: UnitOfWork, webhook_id: UUID | None, delivery_id: UUID | None) -> UUID:
    """Send the event of a delivery in the log once more, with the same id and sequence. Returns the organization's id.

    Raises `MutationRejected` as `lock_webhook` does; NOT_FOUND if the webhook has no such delivery, or it is a test or
    still pending; RATE_LIMITED.
    """
    webhook = await lock_webhook(work, webhook_id)
    delivery = WebhookDelivery
    found = select(delivery.event_id, delivery.sequence).where(
        delivery.organization_id == webhook.row.organization_id,
        delivery.webhook_id == webhook.row.id,
        delivery.id == delivery_id,
        delivery.cause != DeliveryCause.TEST.value,
        delivery.state != DeliveryState.PENDING.value,
    )
    row = (await work.execute(found)).one_or_none()
    if row is None:
        message = "The webhook has no such delivery that can be repeated."
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, message, DELIVERY))
    await work.context.limits.ask_webhook(webhook.row.organization_id)
    await _add(work, webhook, DeliveryCause.RESEND, row.event_id, row.sequence)
    return await _audit(work, webhook, AuditKind.WEBHOOK_EVENT_RESENT)


async def _add(
    work: UnitOfWork, webhook: LockedWebhook, cause: DeliveryCause, event_id: UUID | None, sequence: int | None
) -> None:
    of_webhook = {"organization_id": webhook.row.organization_id, "webhook_id": webhook.row.id}
    what = {"cause": cause.value, "event_id": event_id, "sequence": sequence}
    await work.execute(insert(WebhookDelivery).values(id=new_id(), **of_webhook, **what))


async def _audit(work: UnitOfWork, webhook: LockedWebhook, kind: AuditKind) -> UUID:
    changes = {"webhook": (webhook.name, webhook.name)}
    organization_id: UUID = webhook.row.organization_id
    await work.audit(AuditEntry(kind, webhook.row.id, organization_id, changes=changes))
    return organization_id
