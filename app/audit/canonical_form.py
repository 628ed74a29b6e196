"""Encodes an audit event in its canonical form: the bytes whose SHA-256 is its hash.

Thirteen values, each as a netstring of its UTF-8 text (`5:hello,`; `-,` for none), in the order of `canonical`, and a
fourteenth if an API client acted. A trigger in the database builds the same bytes; this implementation is independent
of it. `docs/operations.md` describes the format for third parties.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

VERSION = "portico-audit-1"
"""The first value. Change it whenever the form changes."""

INITIAL_HASH = bytes(32)
"""The previous hash of the first event of a chain."""


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """A stored event. Events whose `organization_id` is None form a chain of their own. `changes` is the column's text,
    as PostgreSQL prints it."""

    organization_id: UUID | None
    number: int
    previous_hash: bytes
    hash: bytes
    id: UUID
    created_at: datetime
    kind: str
    actor_id: UUID | None
    subject_id: UUID | None
    request_id: str | None
    address: str | None
    policy_version: str | None
    changes: str | None
    api_client_id: UUID | None = None

    def with_number(self, number: int) -> "ChainedEvent":
        """The same event at another place in the chain."""
        return replace(self, number=number)

    @property
    def has_valid_hash(self) -> bool:
        """Whether the event has the hash that is stored with it."""
        return digest(self) == self.hash


def canonical(event: ChainedEvent) -> bytes:
    """The bytes that are hashed."""
    values = (
        VERSION,
        event.organization_id,
        event.number,
        event.previous_hash.hex(),
        event.id,
        event.created_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        event.kind,
        event.actor_id,
        event.subject_id,
        event.request_id,
        event.address,
        event.policy_version,
        event.changes,
    )
    client = () if event.api_client_id is None else (event.api_client_id,)
    return b"".join(_netstring(value) for value in (*values, *client))


def digest(event: ChainedEvent) -> bytes:
    """The hash that the event should have."""
    return sha256(canonical(event)).digest()


def _netstring(value: object) -> bytes:
    if value is None:
        return b"-,"
    text = str(value).encode()
    return b"%d:%b," % (len(text), text)
