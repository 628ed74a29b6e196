"""Who did what to what or whom, when, from where, what was before and after."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Keyed, one_of
from models.vocabulary import AuditKind


class AuditEvent(Keyed, Base):
    """One event. Rows are only ever added.

    `changes` holds `{field: [before, after]}` and never a secret; `policy_version` tells by which rules it was allowed.
    """

    __tablename__ = "audit_events"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    actor_id: Mapped[UUID | None]
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    policy_version: Mapped[str | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        one_of("kind", AuditKind),
        Index(None, "organization_id", "id"),
        Index(None, "subject_id", "id"),
    )
