"""The keys that sign access tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SigningKey(Base):
    """One key pair. All server processes share them.

    `kid` is the public key's thumbprint (RFC 7638), `public_jwk` the public key as everybody may read it, `private_key`
    the private one, encrypted under a key that is not in the database. From `signs_from` on it signs, until that of the
    next one; it is published all the while, and until the last token that it signed is over.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signs_from: Mapped[datetime]
    private_key: Mapped[bytes]
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
