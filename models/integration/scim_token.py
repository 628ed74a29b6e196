"""SCIM tokens, with which identity providers manage the users of an organization."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class ScimToken(HasId, Base):
    """A token that acts for the admin who made it, `maker_id`, with the access that the admin has at the time.

    Only its SHA-256 is stored, and its last characters (`hint`), so that people can tell two tokens apart.
    """

    __tablename__ = "scim_tokens"
    id_prefix = "sct"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    maker_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "maker_id"], ["users.organization_id", "users.id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        UniqueConstraint("organization_id", "id"),
        Index(None, "organization_id", "created_at", "id"),
        Index(None, "maker_id"),
    )
