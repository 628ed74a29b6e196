"""Trusted documents: the GraphQL operations of the platform's own applications, registered by the operator."""

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class TrustedDocument(Base):
    """A GraphQL document, identified by the SHA-256 of its text. `name` lists the names of its operations.

    `added_at` is when it was last registered: each build of an application registers its documents again.
    """

    __tablename__ = "trusted_documents"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    text: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_length"),)
