"""Sessions of signed-in users: the hash of an opaque token, its expiry, and where the session was started."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class Session(HasId, Base):
    """A session. Only its holder knows the token.

    `network` and `user_agent` are from the sign-in, and say less than the client did: the network of its address, and
    the names of its browser and system.
    """

    __tablename__ = "sessions"
    id_prefix = "ses"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    network: Mapped[str | None]
    user_agent: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("length(network) BETWEEN 1 AND 49", name="network_length"),
        CheckConstraint("length(user_agent) BETWEEN 1 AND 100", name="user_agent_length"),
        Index(None, "user_id"),
    )
