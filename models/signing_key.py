"""The keys that sign access tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SigningKey(Base):
    """One key pair, shared by all server processes.

    `kid` is the public key's thumbprint (RFC 7638), `public_jwk` the published key, and `private_key` the private key,
    encrypted under a key that isn't in the database. The key signs from `signs_from` until the next key does. It stays
    published until the last token that it signed has expired.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signs_from: Mapped[datetime]
    private_key: Mapped[bytes]
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
