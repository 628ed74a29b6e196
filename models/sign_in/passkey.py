"""Passkeys of users (Web Authentication, level 3), and the challenges that they sign."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, within_tenant
from models.enums import ChallengePurpose


class Passkey(HasId, Base):
    """A passkey: the public key of a credential on a device of the user, under a name that they chose.

    `sign_count` is the counter of the authenticator at its last use. It stays 0 for passkeys that are synchronized
    between devices.
    """

    __tablename__ = "passkeys"
    id_prefix = "psk"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    name: Mapped[str]
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id", "credential_id"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
    )


class PasskeyChallenge(Base):
    """The hash of a challenge that waits for its signature, for one purpose and once.

    `bound_to` is the hash of the session or the ticket that it was issued to; NULL for somebody who is not signed in,
    and then the tenant is the platform.
    """

    __tablename__ = "passkey_challenges"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    challenge_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    bound_to: Mapped[bytes | None]
    expires_at: Mapped[datetime]

    __table_args__ = (
        enum_check("purpose", ChallengePurpose),
        Index(None, "tenant_id", "bound_to"),
        Index(None, "tenant_id", "expires_at"),
    )
