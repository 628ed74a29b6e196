"""Records what became of a delivery, and decides when its webhook is tried next, or that it is stopped."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, literal, select, update

from models import (
    AuditKind,
    DeliveryCause,
    DeliveryState,
    EgressFailure,
    Webhook,
    WebhookDelivery,
    WebhookState,
    WebhookStop,
)
from resolvers.callers.caller import Caller
from resolvers.claiming import locked_batch
from resolvers.mutations.webhooks.delivery import ClaimedDelivery, Outcome
from resolvers.mutations.webhooks.lock import name_of
from resolvers.mutations.webhooks.retry import StopTrying, next_try
from resolvers.mutations.webhooks.stopped_mail import tell_stopped
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

KEPT_DELIVERIES: Final = 100
"""How many deliveries the log of a webhook has: the newest."""

KEPT_FOR: Final = timedelta(days=30)
"""How long a delivery stays in the log at most."""

DELETED_AT_ONCE: Final = 1000

BUSY_PAUSE: Final = timedelta(seconds=5)
"""When a delivery is tried that this server was too busy to send. It doesn't count as an attempt."""


async def settle(work: UnitOfWork, claimed: ClaimedDelivery, outcome: Outcome) -> None:
    """Record the outcome of a delivery, and end the lease. Does nothing if another process has the lease by now, or the
    webhook is gone."""
    own = Webhook.organization_id == claimed.organization_id, Webhook.id == claimed.webhook_id
    held = select(Webhook.__table__).where(*own, Webhook.lease_id == claimed.lease_id).with_for_update()
    webhook = (await work.execute(held)).one_or_none()
    if webhook is None:
        return
    if outcome.failure is EgressFailure.BUSY:
        await release(work, webhook, due_at=_now() + BUSY_PAUSE)
        return
    in_order = claimed.cause is DeliveryCause.EVENT
    gone = outcome.status == HTTPStatus.GONE
    retried = in_order and not outcome.succeeded and not gone
    state = DeliveryState.DELIVERED if outcome.succeeded else DeliveryState.FAILED
    await mark(
        work,
        claimed.organization_id,
        claimed.id,
        DeliveryState.PENDING if retried else state,
        attempts=claimed.attempts + 1,
        attempted_at=_now(),
        status=outcome.status,
        failure=outcome.failure and outcome.failure.value,
        milliseconds=outcome.milliseconds,
    )
    if not in_order:
        await release(work, webhook)
    elif gone:
        await stop(work, webhook, WebhookStop.GONE)
    elif retried:
        await _retry(work, webhook, outcome)
    else:
        await release(work, webhook, failures=0, failing_since=None, due_at=_now())
    await _forget(work, claimed)


async def _retry(work: UnitOfWork, webhook: Row[*tuple[Any, ...]], outcome: Outcome) -> None:
    failures = webhook.failures + 1
    decision = next_try(failures, outcome.retry_after)
    if isinstance(decision, StopTrying):
        await stop(work, webhook, WebhookStop.FAILING)
        return
    since = webhook.failing_since or _now()
    await release(work, webhook, failures=failures, failing_since=since, due_at=_now() + decision.pause)


async def stop(work: UnitOfWork, webhook: Row[*tuple[Any, ...]], reason: WebhookStop) -> None:
    """Stop a webhook, until an admin resumes it, and tell the admins. What admins have asked to be sent is not sent any
    more, if it could not be."""
    if reason in (WebhookStop.OWNER, WebhookStop.SECRET):
        pending = (
            WebhookDelivery.organization_id == webhook.organization_id,
            WebhookDelivery.webhook_id == webhook.id,
            WebhookDelivery.state == DeliveryState.PENDING.value,
            WebhookDelivery.cause != DeliveryCause.EVENT.value,
        )
        await work.execute(update(WebhookDelivery).where(*pending).values(state=DeliveryState.WITHHELD.value))
    if webhook.state != WebhookState.ACTIVE:
        await release(work, webhook)
        return
    await release(work, webhook, state=WebhookState.STOPPED.value, stop_reason=reason.value)
    name = name_of(webhook.url)
    changes = {"webhook": (name, name), "reason": (None, reason.value)}
    await work.audit(AuditEntry(AuditKind.WEBHOOK_STOPPED, webhook.id, webhook.organization_id, changes=changes))
    await tell_stopped(work, webhook.organization_id, name, reason)


async def release(work: UnitOfWork, webhook: Row[*tuple[Any, ...]], **values: Any) -> None:
    """End the lease of a webhook, with further values."""
    own = Webhook.organization_id == webhook.organization_id, Webhook.id == webhook.id
    ended = {"lease_id": None, "leased_until": None, "served_at": _now(), **values}
    await work.execute(update(Webhook).where(*own).values(ended))


async def mark(work: UnitOfWork, organization_id: UUID, delivery_id: UUID, state: DeliveryState, **values: Any) -> None:
    """Record the state of a delivery, with further values."""
    own = WebhookDelivery.organization_id == organization_id, WebhookDelivery.id == delivery_id
    await work.execute(update(WebhookDelivery).where(*own).values(state=state.value, **values))


async def _forget(work: UnitOfWork, claimed: ClaimedDelivery) -> None:
    """Delete what is no longer among the newest deliveries of the webhook."""
    of_webhook = (
        WebhookDelivery.organization_id == claimed.organization_id,
        WebhookDelivery.webhook_id == claimed.webhook_id,
    )
    newest = select(WebhookDelivery.created_at).where(*of_webhook).order_by(WebhookDelivery.created_at.desc())
    last_kept = newest.offset(KEPT_DELIVERIES - 1).limit(1).scalar_subquery()
    is_done = WebhookDelivery.state != DeliveryState.PENDING.value
    await work.execute(delete(WebhookDelivery).where(*of_webhook, is_done, WebhookDelivery.created_at < last_kept))


async def delete_old_deliveries(context: MutationContext) -> int:
    """Delete deliveries that are older than `KEPT_FOR`, and not pending: at most DELETED_AT_ONCE. Returns how many. Any
    number of processes may do this at once."""
    is_old = WebhookDelivery.created_at < func.now() - literal(KEPT_FOR)
    is_outdated = is_old, WebhookDelivery.state != DeliveryState.PENDING.value
    organizations = select(WebhookDelivery.organization_id).where(*is_outdated).limit(DELETED_AT_ONCE).subquery()

    async def delete_batch(work: UnitOfWork) -> int:
        # In two steps, because rows are locked within one organization.
        deleted = 0
        for organization_id in (await work.execute(select(organizations.c.organization_id).distinct())).scalars().all():
            own = WebhookDelivery.organization_id == organization_id
            batch = select(WebhookDelivery.id).where(own, *is_outdated).limit(DELETED_AT_ONCE - deleted)
            of_batch = WebhookDelivery.id.in_(locked_batch(batch))
            deleted += (await work.execute(delete(WebhookDelivery).where(own, of_batch))).rowcount
            if deleted == DELETED_AT_ONCE:
                break
        return deleted

    return await run_in_transaction(context, Caller(), delete_batch)


def _now() -> ColumnElement[datetime]:
    return func.statement_timestamp()
