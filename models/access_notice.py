"""What the background looks after in each organization: access that ends, and users who have been inactive for long."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, enum_check
from models.enums import NoticeKind


class AccessNotice(Base):
    """The claim on telling about one end of a user's access at one stage, or about one dormant user: each is told once.

    `key` is the permission or the id of the account, and empty for a dormant user. `at` is the end of the access, or
    when the user was last active, so a new end or another period of inactivity is told again. `days` is the stage: how
    long before. `is_told` is false while the mails about it are being written, which takes several transactions.
    """

    __tablename__ = "access_notices"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    is_told: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        enum_check("kind", NoticeKind),
        ForeignKeyConstraint(["organization_id", "user_id"], ["users.organization_id", "users.id"], ondelete="CASCADE"),
        Index(None, "organization_id", "kind", "is_told"),
    )


class AccessUpkeep(Base):
    """When an organization is looked after next. Locking the row claims it, until the end of the transaction.

    `last_recipient_id` is the last user, in the order of ids, who was told what is to be told; NULL if nothing is.
    """

    __tablename__ = "access_upkeep"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_recipient_id: Mapped[UUID | None]

    __table_args__ = (Index(None, "due_at"),)
