"""Who users are at providers, and what providers have said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, within_tenant


class UserIdentity(HasId, Base):
    """Who a user is at a provider: the subject of an issuer. A user has one at most."""

    __tablename__ = "user_identities"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    issuer: Mapped[str]
    subject: Mapped[str] = mapped_column(Text(collation="C"))
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "user_id"),
        UniqueConstraint("tenant_id", "issuer", "subject"),
        CheckConstraint("length(issuer) BETWEEN 1 AND 500", name="issuer_length"),
        CheckConstraint("length(subject) BETWEEN 1 AND 255", name="subject_length"),
    )


class UsedAssertion(Base):
    """What a provider or Portico said and that counts once, until it would be refused for its age anyway."""

    __tablename__ = "used_assertions"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    assertion_hash: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
