"""Views as another user: an admin reads what a user sees, for a while and for a reason."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, HasId, within_tenant


class ViewAs(HasId, Base):
    """A view as the user `user_id`. It is part of the admin's session, and ends with it at the latest.

    The row says what may be read now; the audit trail keeps who viewed as whom, and why.
    """

    __tablename__ = "views_as"
    id_prefix = "vas"

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    user_id: Mapped[UUID]
    reason: Mapped[str]
    ends_at: Mapped[datetime]

    __table_args__ = (
        within_tenant("session_id", "sessions", ondelete="CASCADE"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("session_id", "user_id"),
        UniqueConstraint("tenant_id", "session_id", "user_id"),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
        Index(None, "user_id"),
    )
