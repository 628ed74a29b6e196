"""One-time tokens, sent by mail: valid for one purpose, once, until they expire."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, within_tenant
from models.enums import TokenPurpose


class OneTimeToken(HasId, Base):
    """The hash of one token.

    A token ends when it is used (`used_at`), replaced (`revoked_at`) or expired. A unique index allows a user at most
    one open token per purpose.
    """

    __tablename__ = "one_time_tokens"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "id"),
        enum_check("purpose", TokenPurpose),
        Index(None, "user_id", "purpose", "id"),
        Index(
            "uq_one_time_tokens_open",
            "user_id",
            "purpose",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )
