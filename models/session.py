"""Sessions of signed-in users: the hash of an opaque token, its expiry, and where the session was started."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, within_tenant


class Session(HasId, Base):
    """A session. Only its holder knows the token.

    `proved_at` is when the user last proved who they are; if it is NULL, at the sign-in.

    `network` and `user_agent` are from the sign-in, and say less than the client did: the network of its address, and
    the names of its browser and system. A session that began at a provider has the `identity_id` of its user, and
    `provider_session` is the provider's own id of it, if it gave one: for the provider to end it.
    """

    __tablename__ = "sessions"
    id_prefix = "ses"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    network: Mapped[str | None]
    user_agent: Mapped[str | None]
    proved_at: Mapped[datetime | None]
    identity_id: Mapped[UUID | None]
    provider_session: Mapped[str | None]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        within_tenant("identity_id", "user_identities", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "id"),
        CheckConstraint("length(network) BETWEEN 1 AND 49", name="network_length"),
        CheckConstraint("length(user_agent) BETWEEN 1 AND 100", name="user_agent_length"),
        CheckConstraint("length(provider_session) BETWEEN 1 AND 255", name="provider_session_length"),
        Index(None, "user_id"),
    )
