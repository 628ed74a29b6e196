"""A position in the audit trail of an organization, and the sealed text that stands for it.

The number of an event says how many events the organization has had, also those that the reader doesn't see. So a
cursor is encrypted (AES-256-GCM, `resolvers/encryption.py`) with a random nonce: two cursors of one position differ,
and nobody can tell whether anything has happened between two reads that found nothing. It is bound to the organization,
and grants nothing: the policy is asked again for each page.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from resolvers.encryption import decrypt, encrypt

CURSOR_LENGTH: Final = 59
"""Characters: 44 bytes in base64url without padding. All cursors have the same length."""

_PURPOSE: Final = "event feed cursor"
_NUMBER_BYTES, _HASH_BYTES = 8, 8


@dataclass(frozen=True, slots=True)
class Position:
    """Behind the event with this number, and the beginning of that event's hash. 0 is before the first event.

    The hash tells whether the number still means the same event: after a database was restored from a backup, numbers
    are given a second time.
    """

    number: int
    hash: bytes

    @classmethod
    def behind(cls, number: int, hash_: bytes | None) -> "Position":
        """The position behind an event with this number and whole hash."""
        return cls(number, (hash_ or bytes(_HASH_BYTES))[:_HASH_BYTES])


def seal(key: bytes, organization_id: UUID, position: Position) -> str:
    """A cursor for the position: text of letters, digits, `-` and `_`."""
    content = position.number.to_bytes(_NUMBER_BYTES) + position.hash
    sealed = encrypt(key, _PURPOSE, organization_id.bytes, content)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(key: bytes, organization_id: UUID, cursor: str) -> Position | None:
    """The position of a cursor; None if it is not one of this feed, or was sealed with another key."""
    if len(cursor) != CURSOR_LENGTH:
        return None
    try:
        sealed = base64.b64decode(cursor + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    content = decrypt(key, _PURPOSE, organization_id.bytes, sealed)
    if content is None:
        return None
    return Position(int.from_bytes(content[:_NUMBER_BYTES]), content[_NUMBER_BYTES:])
