"""Views as another user: an admin reads what a user sees, for a while and for a reason."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class ViewAs(HasId, Base):
    """A view as the user `user_id`. It is part of the admin's session, and ends with it at the latest.

    The row says what may be read now; the audit trail keeps who viewed as whom, and why.
    """

    __tablename__ = "views_as"
    id_prefix = "vas"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    reason: Mapped[str]
    ends_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("session_id", "user_id"),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
        Index(None, "user_id"),
    )
