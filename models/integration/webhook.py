"""Webhooks: where an organization's events are sent to, and the log of what was sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, within_tenant
from models.enums import DeliveryCause, DeliveryState, EgressFailure, WebhookState, WebhookStop


class Webhook(HasId, Base):
    """An endpoint to which events of the organization are sent: those of the `kinds` that its owner may view.

    `position` is the number of the last audit event that was looked at, and `sequence` counts those that were sent.
    Both secrets are encrypted; the former one signs too while receivers switch to the new one. A process that works on
    a webhook holds a lease, `lease_id` until `leased_until`. `failures` counts the failed attempts since the last
    success, and from `due_at` on the next one is made.
    """

    __tablename__ = "webhooks"
    id_prefix = "whk"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_id: Mapped[UUID]
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret: Mapped[bytes]
    secret_hint: Mapped[str]
    former_secret: Mapped[bytes | None]
    former_hint: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=WebhookState.ACTIVE, server_default=WebhookState.ACTIVE.value)
    stop_reason: Mapped[str | None]
    position: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    failures: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    failing_since: Mapped[datetime | None]
    lease_id: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    served_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "owner_id"], ["users.organization_id", "users.id"]),
        enum_check("state", WebhookState),
        enum_check("stop_reason", WebhookStop),
        CheckConstraint("(state = 'STOPPED') = (stop_reason IS NOT NULL)", name="stopped_for_a_reason"),
        CheckConstraint("cardinality(kinds) > 0", name="kinds"),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "owner_id"),
        # For the claim, which takes the webhook that was served the longest ago.
        Index(None, "served_at"),
        # For the look at what has happened lately.
        Index(None, "due_at"),
        Index("ix_webhooks_leased", "organization_id", postgresql_where=text("leased_until IS NOT NULL")),
    )


class WebhookDelivery(HasId, Base):
    """What is sent to a webhook: an audit event, once in the order of events or again because an admin asks for it
    (RESEND), or a test, which has no event.

    Of those in order, at most one is pending. `attempts` counts the requests so far; of the last one, `status` is the
    HTTP status of the response, or `failure` says why there was none.
    """

    __tablename__ = "webhook_deliveries"
    id_prefix = "whd"

    organization_id: Mapped[UUID]
    webhook_id: Mapped[UUID]
    cause: Mapped[str]
    event_id: Mapped[UUID | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default=DeliveryState.PENDING, server_default=DeliveryState.PENDING.value)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    attempted_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    failure: Mapped[str | None]
    milliseconds: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        within_tenant("webhook_id", "webhooks", tenant="organization_id", ondelete="CASCADE"),
        enum_check("cause", DeliveryCause),
        enum_check("state", DeliveryState),
        enum_check("failure", EgressFailure),
        CheckConstraint("(cause = 'TEST') = (event_id IS NULL)", name="event_unless_test"),
        CheckConstraint("(cause = 'TEST') = (sequence IS NULL)", name="sequence_unless_test"),
        Index(None, "organization_id", "webhook_id", "created_at", "id"),
        Index(None, "created_at"),
        Index(
            "ix_webhook_deliveries_pending",
            "organization_id",
            "webhook_id",
            "created_at",
            postgresql_where=text("state = 'PENDING'"),
        ),
        Index(
            "uq_webhook_deliveries_pending_event",
            "organization_id",
            "webhook_id",
            unique=True,
            postgresql_where=text("state = 'PENDING' AND cause = 'EVENT'"),
        ),
    )
