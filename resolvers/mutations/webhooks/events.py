"""Selects the events of a webhook as its owner sees them, and makes the messages that are sent."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Row, Select, Text, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.model.actions import VIEW, OrganizationAction
from models import AuditEvent, AuditKind, Organization, Webhook, WebhookDelivery
from resolvers import public_id, timestamps
from resolvers.types.audit_event import subject_id

LOOKED_AT: Final = 1_000
"""How many events of an organization are looked at in one step, until one is found that is sent."""


def may_send(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the organization with the parameter `organization_id`, if the actor may have webhooks in it."""
    row = Organization.__table__.alias()
    key = bindparam("organization_id", type_=Uuid())
    return select(row.c.id).where(
        row.c.id == key, access.may(OrganizationAction.CHANGE_SETTINGS, Organization, row).is_(True)
    )


def next_event(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the first event with a number above `after`, and up to `until`, that is of one of the `kinds` and
    that the actor may view."""
    event = AuditEvent.__table__.alias()
    after, until = (bindparam(name, type_=BigInteger()) for name in ("after", "until"))
    kinds = bindparam("kinds", type_=ARRAY(Text()))
    in_range = event.c.number > after, event.c.number <= until, event.c.kind == any_(kinds)
    return _visible(access, event).where(*in_range).order_by(event.c.number).limit(1)


def one_event(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the event with the parameter `event_id`, if the actor may view it."""
    event = AuditEvent.__table__.alias()
    return _visible(access, event).where(event.c.id == bindparam("event_id", type_=Uuid()))


def _visible(access: Access, event: Any) -> Select[*tuple[Any, ...]]:
    columns = event.c.id, event.c.number, event.c.kind, event.c.created_at, subject_id(event, access).label("subject")
    in_organization = event.c.organization_id == bindparam("organization_id", type_=Uuid())
    return select(*columns).where(in_organization, access.may(VIEW, AuditEvent, event))


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
