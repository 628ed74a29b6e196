"""The outbox: mails to send, written in the transaction of the change that they are about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, tenant_check, within_tenant
from models.enums import MailKind, MailStatus


class OutboxMail(HasId, Base):
    """One mail to one recipient. `message_id` is the same for all tries.

    No secret is stored: a mail refers to the row of its one-time token, and the worker derives the token when it sends
    the mail.
    """

    __tablename__ = "outbox_mails"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    one_time_token_id: Mapped[UUID | None]
    kind: Mapped[str]
    recipient: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    message_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=MailStatus.QUEUED, server_default=MailStatus.QUEUED.value)
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    server_reply: Mapped[str | None]

    __table_args__ = (
        tenant_check(),
        within_tenant("user_id", "users", ondelete="CASCADE"),
        within_tenant("one_time_token_id", "one_time_tokens", ondelete="CASCADE"),
        enum_check("kind", MailKind),
        enum_check("status", MailStatus),
        Index("ix_outbox_mails_queue", "next_attempt_at", postgresql_where=text("status = 'QUEUED'")),
        # For the claim, which takes the oldest due mail of one tenant.
        Index(
            "ix_outbox_mails_tenant_queue", "tenant_id", "next_attempt_at", postgresql_where=text("status = 'QUEUED'")
        ),
        Index(None, "one_time_token_id"),
        Index(None, "user_id"),
    )
