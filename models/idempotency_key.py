"""Idempotency keys, by which callers repeat a mutation safely, with the stored response."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class IdempotencyKey(HasId, Base):
    """One key of one owner: a user, or an API client, of which there is no foreign key because it is either.

    `key_hash` and `fingerprint` (of the request) are keyed hashes. `attempt` counts the claims of the key; only the
    last claim may still write under it, and it is presumed to be running until `claimed_until`. `committed` is true
    once it has committed a change; `answer` is the encrypted response. From `expires_at` on, the key can be reused.
    """

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    key_hash: Mapped[bytes]
    fingerprint: Mapped[bytes]
    attempt: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    claimed_until: Mapped[datetime]
    committed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    answer: Mapped[bytes | None]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("owner_id", "key_hash"), Index(None, "expires_at"))
