"""Primary keys that are the same in every load: UUIDs version 7 (RFC 9562) with a fixed time and fixed bits."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
EPOCH_MS = int(EPOCH.timestamp() * 1000)


def key(milliseconds: int, counter: int, bits: int) -> UUID:
    """The key of a row that was created `milliseconds` after the demo epoch.

    `counter` (12 bits) orders the keys of one millisecond; `bits` (62 bits) differ between data sets.
    """
    return UUID(int=(EPOCH_MS + milliseconds) << 80 | 0x7 << 76 | counter << 64 | 0x2 << 62 | bits)


def named_key(label: str, milliseconds: int = 0) -> UUID:
    """The key of the row with this `label`, which must be unique in its table."""
    digest = int.from_bytes(sha256(label.encode()).digest())
    return key(milliseconds, digest & 0xFFF, digest >> 12 & (1 << 62) - 1)
