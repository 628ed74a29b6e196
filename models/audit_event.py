"""Who did what to what or whom, when, from where, what was before and after."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from models.base import Base, HasId, enum_check
from models.enums import AuditKind
from models.user import User


class AuditEvent(HasId, Base):
    """One event. Rows are only ever added.

    `changes` holds `{field: [before, after]}` and never a secret; `policy_version` tells by which rules it was allowed.
    `api_client_id` names the program that did it for the actor, if one did. What it happened to stands in `subject_id`,
    without a foreign key: `kind` tells what it is, and it may be gone.

    Triggers give each event its place in the chain of its organization, or of the events that have none: its `number`,
    which counts from 1 without a gap, the hash of the event before it, and the hash over itself.
    """

    __tablename__ = "audit_events"

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    actor_id: Mapped[UUID | None]
    api_client_id: Mapped[UUID | None]
    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    policy_version: Mapped[str | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    number: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]

    organization = relationship("Organization", viewonly=True)
    actor = relationship(User, primaryjoin=lambda: foreign(AuditEvent.actor_id) == User.id, viewonly=True)
    subject = relationship(User, primaryjoin=lambda: foreign(AuditEvent.subject_id) == User.id, viewonly=True)

    __table_args__ = (
        enum_check("kind", AuditKind),
        UniqueConstraint("organization_id", "number", postgresql_nulls_not_distinct=True),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "organization_id", "kind", "created_at", "id"),
        Index(None, "subject_id", "created_at", "id"),
        Index(None, "actor_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "request_id"),
    )


class AuditHead(Base):
    """The end of a chain of audit events: the number and the hash of its last one. Only triggers write it.

    `chain` is the organization, or the UUID of zeros for the events that have none.
    """

    __tablename__ = "audit_heads"

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
