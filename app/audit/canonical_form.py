"""The canonical form of an audit event: the bytes whose SHA-256 is its hash.

Thirteen values, each as a netstring of its UTF-8 text (`5:hello,`; `-,` for none), in the order of `canonical`, and a
fourteenth where an API client did it. The database makes the same bytes in a trigger of its own; this is the second
opinion. `docs/operations.md` tells it to third parties.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

VERSION = "portico-audit-1"
"""The first value: whoever changes the form changes it."""

INITIAL_HASH = bytes(32)
"""What the first event of a chain has for the hash of the one before it."""


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """A stored event. `organization_id` None: of the chain of those without an organization. `changes` is the text that
    PostgreSQL gives for the column."""

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

    def at(self, number: int) -> "ChainedEvent":
        """The same event in another place of the chain."""
        return replace(self, number=number)

    @property
    def is_whole(self) -> bool:
        """Whether the event is the one that its hash was made of."""
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
