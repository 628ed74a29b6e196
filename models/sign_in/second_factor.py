"""Second factors of users: authenticator apps and recovery codes; and tickets for the second step of a sign-in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId, enum_check, within_tenant
from models.enums import TicketPurpose


class TotpFactor(HasId, Base):
    """The authenticator app of a user, who has confirmed it with a code (RFC 6238). A user has one at most.

    `secret` is encrypted under a key that isn't in the database. `last_step` is the time step of the last code that was
    accepted: neither it nor an earlier one is accepted again.
    """

    __tablename__ = "totp_factors"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id"),
    )


class RecoveryCode(HasId, Base):
    """The keyed hash of a recovery code of a user. The row is deleted when the code is used."""

    __tablename__ = "recovery_codes"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    code_hash: Mapped[bytes]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id", "code_hash"),
    )


class SignInTicket(HasId, Base):
    """The hash of one ticket. Its holder has given the password of the user, and may only do what its purpose says. The
    row is deleted when the ticket is used."""

    __tablename__ = "sign_in_tickets"

    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]

    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        enum_check("purpose", TicketPurpose),
        Index(None, "tenant_id", "user_id"),
    )
