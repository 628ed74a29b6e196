"""Webhooks of an organization, and the log of each: for whoever may change the settings of the organization."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, column, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from authz.access import Access
from authz.model.actions import VIEW, OrganizationAction
from models import AuditEvent, Organization, User, Webhook, WebhookDelivery
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Row
from resolvers.types.user import display_name_of

_COLUMNS = ("id", "organization_id", "url", "kinds", "secret_hint", "former_hint", "state", "stop_reason")
_TIMES = ("sequence", "failures", "failing_since", "due_at", "created_at")


def webhooks(organization: Row, access: Access) -> Select[Any]:
    """The webhooks of the organization, the oldest first."""
    webhook = Webhook.__table__.alias()
    id_ = sql_literal("whk_").concat(cast(webhook.c.id, Text)).label("webhook_id")
    rows = select(*(webhook.c[name] for name in (*_COLUMNS, *_TIMES)), id_, *_owner(webhook, access))
    may_see = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, organization)
    of_organization = webhook.c.organization_id == organization.c.id
    rows = rows.where(of_organization, may_see, access.same_organization(webhook, organization))
    return rows.order_by(webhook.c.created_at, webhook.c.id).correlate_except(webhook)


def _owner(webhook: Row, access: Access) -> Iterator[ColumnElement[Any]]:
    """The public id and the name of the user whose view of the events is sent; NULL if the actor doesn't see them."""
    for label, value in (
        ("owner_key", lambda user: sql_literal("usr_").concat(cast(user.c.id, Text))),
        ("owner_name", display_name_of),
    ):
        user = User.__table__.alias()
        is_owner = (
            user.c.id == webhook.c.owner_id,
            access.same_organization(user, webhook),
            access.may(VIEW, User, user),
        )
        yield select(value(user)).where(*is_owner).correlate_except(user).scalar_subquery().label(label)


def kinds(webhook: Row, _access: Access) -> ColumnElement[Any]:
    """The names of the webhook's `AuditKind`s, in stored order."""
    kind = func.unnest(webhook.c.kinds).table_valued(column("word", Text()), with_ordinality="place").render_derived()
    names = select(func.array_agg(aggregate_order_by(_name(kind.c.word), kind.c.place), type_=ARRAY(Text())))
    return names.select_from(kind).correlate_except(kind).scalar_subquery()


def next_attempt_at(webhook: Row, _access: Access) -> ColumnElement[Any]:
    """When a delivery that failed is tried again; NULL if none is."""
    is_failing = and_(webhook.c.state == sql_literal("ACTIVE"), webhook.c.failing_since.is_not(None))
    return case((is_failing, webhook.c.due_at))


def deliveries(webhook: Row, access: Access) -> Select[Any]:
    """The log of the webhook, the newest delivery first: tests, and the events that the actor may view."""
    delivery, event = WebhookDelivery.__table__.alias(), AuditEvent.__table__.alias()
    is_inside = access.same_organization(event, delivery), event.c.organization_id == delivery.c.organization_id
    of_delivery = and_(event.c.id == delivery.c.event_id, *is_inside)
    id_ = sql_literal("whd_").concat(cast(delivery.c.id, Text)).label("delivery_id")
    event_id = sql_literal("evt_").concat(cast(event.c.id, Text)).label("event_id")
    names = ("cause", "sequence", "state", "attempts", "attempted_at", "status", "failure", "milliseconds")
    columns = [delivery.c[name] for name in (*names, "created_at")]
    kind = func.coalesce(_name(event.c.kind), sql_literal("WEBHOOK_TESTED")).label("kind")
    is_seen = or_(delivery.c.event_id.is_(None), access.may(VIEW, AuditEvent, event))
    rows = select(*columns, id_, event_id, kind).select_from(delivery.outerjoin(event, of_delivery))
    rows = rows.where(delivery.c.webhook_id == webhook.c.id, access.same_organization(delivery, webhook), is_seen)
    return rows.order_by(delivery.c.created_at.desc(), delivery.c.id.desc()).correlate_except(delivery, event)


def _name(kind: ColumnElement[Any]) -> ColumnElement[str]:
    """The name of an `AuditKind`: `USER_CREATED` for the stored `user.created`."""
    return func.upper(func.translate(kind, sql_literal("."), sql_literal("_")))
