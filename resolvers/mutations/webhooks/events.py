"""Selects the events of a webhook as its owner sees them, and makes the messages that are sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, Select, Uuid, bindparam, select

from authz.access import Access
from authz.model.actions import OrganizationAction
from models import AuditEvent, AuditKind, Organization, Webhook, WebhookDelivery
from resolvers import public_id, timestamps
from resolvers.types.thin_event import thin_events


def may_send(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the organization with the parameter `organization_id`, if the actor may have webhooks in it."""
    row = Organization.__table__.alias()
    key = bindparam("organization_id", type_=Uuid())
    return select(row.c.id).where(
        row.c.id == key, access.may(OrganizationAction.CHANGE_SETTINGS, Organization, row).is_(True)
    )


def one_event(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the event with the parameter `event_id`, if the actor may view it."""
    event = AuditEvent.__table__.alias()
    return thin_events(access, event).where(event.c.id == bindparam("event_id", type_=Uuid()))


def event_message(event: Row[*tuple[Any, ...]], organization_id: UUID, sequence: int) -> tuple[str, bytes]:
    """The id and the body of the message about an event: what happened, when, and to which resource, and no more."""
    data = {
        "event": public_id.encode(AuditEvent, event.id),
        "subject": event.subject,
        "organization": public_id.encode(Organization, organization_id),
        "sequence": sequence,
    }
    return data["event"], _body(event.kind, event.created_at, data)


def test_message(webhook_id: UUID, delivery_id: UUID, now: datetime) -> tuple[str, bytes]:
    """The id and the body of a test."""
    data = {"webhook": public_id.encode(Webhook, webhook_id)}
    return public_id.encode(WebhookDelivery, delivery_id), _body(AuditKind.WEBHOOK_TESTED, now, data)


def _body(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The JSON of a message, in the form that Standard Webhooks recommends ("Payload structure")."""
    return orjson.dumps({"type": str(kind), "timestamp": timestamps.encode(at), "data": data})
