"""The keys by which callers tell that a mutation is the same as one before, and what was answered to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId


class IdempotencyKey(HasId, Base):
    """One key of one owner: a user, or an API client.

    `key_hash` and `fingerprint`, that of what was asked, are keyed hashes. `attempt` counts who has taken the key on:
    only the last one may still write under it. Until `claimed_until` the attempt is taken to be at work. `committed`
    tells that it has changed something for good; `answer`, sealed, is what came of it in the end. From `expires_at` on
    the key is free.
    """

    __tablename__ = "idempotency_keys"

    owner_id: Mapped[UUID]
    key_hash: Mapped[bytes]
    fingerprint: Mapped[bytes]
    attempt: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    claimed_until: Mapped[datetime]
    committed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    answer: Mapped[bytes | None]
    expires_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("owner_id", "key_hash"), Index(None, "expires_at"))
