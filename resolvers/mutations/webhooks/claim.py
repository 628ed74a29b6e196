"""Claims a webhook that has something to send, by a lease, and the delivery that is its turn.

Nothing is locked while the message is sent. Whoever holds the lease sends and settles it; if they are killed, the lease
ends, and the delivery, which is still pending, is sent again. At most one process works on a webhook, and on few of one
organization at a time; the webhook that was served the longest ago is the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    any_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from authz.access import Access
from authz.actor import Actor
from models import AuditHead, DeliveryCause, DeliveryState, Webhook, WebhookDelivery, WebhookState, WebhookStop, new_id
from resolvers.callers.load_actor import actor_statement, user_query
from resolvers.claiming import MOST_CLAIMED
from resolvers.mutations.webhooks.delivery import ClaimedDelivery
from resolvers.mutations.webhooks.events import event_message, may_send, one_event, test_message
from resolvers.mutations.webhooks.recent_work import recent_organizations
from resolvers.mutations.webhooks.settle import mark, release, stop
from resolvers.mutations.webhooks.signing_secrets import decrypted
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.thin_event import LOOKED_AT, events_in_order, newest_number

LEASE: Final = timedelta(seconds=60)
"""How long a lease lasts: longer than a request may take."""

MOST_OF_ORGANIZATION: Final = 2
"""How many webhooks of one organization are worked on at a time, by all processes together."""

_CLAIMS: Final = 0x776862
"""The class of the advisory locks under which webhooks are claimed, one for each organization ("whb")."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The outcome of looking for work: a delivery to send; or that something else was `found` and done; or nothing, and
    the time at which the look began."""

    found: bool
    delivery: ClaimedDelivery | None = None
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Owner:
    actor: Actor
    access: Access


async def claim_next(work: UnitOfWork, since: datetime | None = None) -> Claim:
    """Claim the next delivery of the webhook that has waited the longest, under a lease. With `since`, only webhooks
    are looked at for which something may have changed after a look at that time, in which nothing was found."""
    organizations = None if since is None else await recent_organizations(work, since)
    webhook = await _lock_next(work, organizations)
    if webhook is None:
        # The beginning of the transaction.
        return Claim(found=False, looked_at=(await work.execute(select(func.now()))).scalar_one())
    owner = await _owner(work, webhook)
    if owner is None:
        await stop(work, webhook, WebhookStop.OWNER)
        return Claim(found=True)
    delivery = await _requested(work, webhook) or await _in_order(work, webhook, owner)
    message = None if delivery is None else await _message(work, webhook, owner, delivery)
    if delivery is None or message is None:
        await release(work, webhook)
        return Claim(found=True)
    secrets = [_secret(work, webhook.id, stored) for stored in (webhook.secret, webhook.former_secret) if stored]
    known = tuple(secret for secret in secrets if secret is not None)
    if len(known) < len(secrets):
        await stop(work, webhook, WebhookStop.SECRET)
        return Claim(found=True)
    lease_id = new_id()
    leased = {"lease_id": lease_id, "leased_until": _now() + LEASE, "served_at": _now()}
    stored = update(Webhook).where(*_is(webhook)).values(leased).returning(Webhook.served_at)
    now: datetime = (await work.execute(stored)).scalar_one()
    return Claim(
        True,
        ClaimedDelivery(
            webhook.organization_id,
            webhook.id,
            lease_id,
            delivery.id,
            DeliveryCause(delivery.cause),
            delivery.attempts,
            webhook.failures,
            webhook.url,
            known,
            *message,
            int(now.timestamp()),
        ),
    )


def _secret(work: UnitOfWork, webhook_id: UUID, stored: bytes) -> str | None:
    return decrypted(work.context.secret_key, webhook_id, stored)


def _now() -> ColumnElement[datetime]:
    return func.statement_timestamp()


def _is(webhook: Row[*tuple[Any, ...]]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Webhook.organization_id == webhook.organization_id, Webhook.id == webhook.id


def _pending(organization: ColumnElement[UUID], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the webhook, one of the organization, has a pending delivery that satisfies these conditions."""
    # In the text of the statement, so that PostgreSQL can use the index of pending ones.
    pending = WebhookDelivery.state == literal(DeliveryState.PENDING.value, literal_execute=True)
    of_webhook = WebhookDelivery.organization_id == organization, WebhookDelivery.webhook_id == Webhook.id
    return exists().where(pending, *of_webhook, *conditions).correlate(Webhook)


def _is_due(organization: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a webhook of the organization has something to send now."""
    in_order = WebhookDelivery.cause == DeliveryCause.EVENT.value
    is_behind = exists().where(AuditHead.chain == organization, AuditHead.number > Webhook.position)
    has_events = and_(_is_active(), or_(is_behind.correlate(Webhook), _pending(organization, in_order)))
    return and_(_is_free(), or_(_pending(organization, ~in_order), has_events))


def _is_active() -> ColumnElement[bool]:
    return and_(Webhook.state == WebhookState.ACTIVE.value, Webhook.due_at <= _now())


def _is_free() -> ColumnElement[bool]:
    return or_(Webhook.leased_until.is_(None), Webhook.leased_until <= _now())


async def _lock_next(work: UnitOfWork, organizations: Sequence[UUID] | None) -> Row[*tuple[Any, ...]] | None:
    if organizations is not None and not organizations:
        return None
    other = Webhook.__table__.alias()
    in_work = select(func.count()).where(
        other.c.organization_id == Webhook.organization_id, other.c.leased_until > _now()
    )
    has_room = in_work.correlate(Webhook).scalar_subquery() < MOST_OF_ORGANIZATION
    due = select(Webhook.organization_id, Webhook.id).where(_is_due(Webhook.organization_id.expression), has_room)
    if organizations is not None:
        due = due.where(Webhook.organization_id == any_(literal(list(organizations), ARRAY(Uuid))))
    waiting = (await work.execute(due.order_by(Webhook.served_at).limit(MOST_CLAIMED))).all()
    for candidate in waiting:
        # Rows are locked within one organization. One that another process has locked is in work already.
        row, organization = Webhook.__table__, literal(candidate.organization_id, Uuid())
        free = select(*row.c, _is_active().label("is_active")).where(*_is(candidate), _is_due(organization))
        webhook = (await work.execute(free.with_for_update(skip_locked=True, of=row))).one_or_none()
        if webhook is not None and await _has_room(work, webhook):
            return webhook
    return None


async def _has_room(work: UnitOfWork, webhook: Row[*tuple[Any, ...]]) -> bool:
    """Whether one more webhook of the organization may be worked on. Processes that claim at once would not see the
    leases of each other, so only one of them claims in an organization; for the others, there is nothing until then."""
    key = func.hashtext(literal(str(webhook.organization_id)))
    if not (await work.execute(select(func.pg_try_advisory_xact_lock(_CLAIMS, key)))).scalar_one():
        return False
    in_work = Webhook.organization_id == webhook.organization_id, Webhook.leased_until > _now()
    count = (await work.execute(select(func.count()).select_from(Webhook).where(*in_work))).scalar_one()
    return bool(count < MOST_OF_ORGANIZATION)


async def _owner(work: UnitOfWork, webhook: Row[*tuple[Any, ...]]) -> _Owner | None:
    """The owner as they are now; None if they may have no webhooks in the organization any more."""
    query = user_query(webhook.owner_id, webhook.organization_id)
    row = (await work.execute(actor_statement(query), query.parameters)).one_or_none()
    if row is None:
        return None
    actor = query.actor_of(row)
    access = Access(work.context.policy, actor.traits)
    parameters = {"organization_id": webhook.organization_id}
    if (await work.select_as(actor, access, may_send, parameters)).one_or_none() is None:
        return None
    return _Owner(actor, access)


def _deliveries(webhook: Row[*tuple[Any, ...]], condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The first pending delivery of a webhook that satisfies a condition."""
    of_webhook = (
        WebhookDelivery.organization_id == webhook.organization_id,
        WebhookDelivery.webhook_id == webhook.id,
        WebhookDelivery.state == DeliveryState.PENDING.value,
    )
    columns = (getattr(WebhookDelivery, name) for name in ("id", "cause", "event_id", "sequence", "attempts"))
    rows = select(*columns).where(*of_webhook, condition)
    return rows.order_by(WebhookDelivery.created_at, WebhookDelivery.id).limit(1)


async def _requested(work: UnitOfWork, webhook: Row[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
    """What an admin has asked for."""
    requested = WebhookDelivery.cause != DeliveryCause.EVENT.value
    return (await work.execute(_deliveries(webhook, requested))).one_or_none()


async def _in_order(work: UnitOfWork, webhook: Row[*tuple[Any, ...]], owner: _Owner) -> Row[*tuple[Any, ...]] | None:
    """What failed before, or else the next event, which becomes a delivery."""
    if not webhook.is_active:
        return None
    in_order = _deliveries(webhook, WebhookDelivery.cause == DeliveryCause.EVENT.value)
    pending = (await work.execute(in_order)).one_or_none()
    if pending is not None:
        return pending
    newest = (await work.execute(newest_number(webhook.organization_id))).scalar_one_or_none()
    until = min(newest or 0, webhook.position + LOOKED_AT)
    range_ = {"after": webhook.position, "until": until, "rows": 1, "kinds": webhook.kinds}
    parameters = {"organization_id": webhook.organization_id, **range_}
    event = (await work.select_as(owner.actor, owner.access, events_in_order, parameters)).one_or_none()
    if event is None:
        await work.execute(update(Webhook).where(*_is(webhook)).values(position=until))
        return None
    sequence = webhook.sequence + 1
    await work.execute(update(Webhook).where(*_is(webhook)).values(position=event.number, sequence=sequence))
    of_webhook = {"organization_id": webhook.organization_id, "webhook_id": webhook.id}
    what = {"cause": DeliveryCause.EVENT.value, "event_id": event.id, "sequence": sequence}
    await work.execute(insert(WebhookDelivery).values(id=new_id(), **of_webhook, **what))
    return (await work.execute(in_order)).one()


async def _message(
    work: UnitOfWork, webhook: Row[*tuple[Any, ...]], owner: _Owner, delivery: Row[*tuple[Any, ...]]
) -> tuple[str, bytes] | None:
    """The id and the body of the message; None if the owner may not view the event any more, which is then marked."""
    if delivery.event_id is None:
        now: datetime = (await work.execute(select(_now()))).scalar_one()
        return test_message(webhook.id, delivery.id, now)
    parameters = {"organization_id": webhook.organization_id, "event_id": delivery.event_id}
    event = (await work.select_as(owner.actor, owner.access, one_event, parameters)).one_or_none()
    if event is None:
        await mark(work, webhook.organization_id, delivery.id, DeliveryState.WITHHELD)
        return None
    return event_message(event, webhook.organization_id, delivery.sequence)
