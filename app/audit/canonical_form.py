"""Encodes an audit event in its canonical form: the bytes whose SHA-256 is its hash.

The form is a list of values, each as a netstring of its UTF-8 text (`5:hello,`; `-,` for none). There are two formats:

1. The address and the changes are values. Events from before erasure was possible have it.
2. Digests of the address and of each field of the changes are values, so that personal data can be erased from an event
   and the hash stays. Each digest is salted, so that nobody can find the erased value by trying.

A trigger in the database builds the same bytes; this implementation is independent of it. `docs/audit.md`
describes the formats for third parties.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.audit.json_text import member_texts

PLAIN, DIGESTS = 1, 2
"""The formats."""

INITIAL_HASH = bytes(32)
"""The previous hash of the first event of a chain."""

ADDRESS, CHANGES = "address", "changes"


@dataclass(frozen=True)
class ChainedEvent:
    """A stored event. Events whose `organization_id` is None form a chain of their own. `changes` and `erased` are the
    text of the columns, as PostgreSQL prints them."""

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
    format: int = PLAIN
    salt: bytes | None = None
    erased: str | None = None

    def with_number(self, number: int) -> "ChainedEvent":
        """The same event at another place in the chain."""
        return replace(self, number=number)

    @property
    def has_valid_hash(self) -> bool:
        """Whether the event has the hash that is stored with it."""
        return digest(self) == self.hash

    @cached_property
    def erasures(self) -> "Erasures":
        """What was erased from the event. Raises ValueError if it is malformed."""
        return Erasures.parse(self.erased)

    @property
    def was_resealed(self) -> bool:
        """Whether the event's own hash can't be computed any more, because a value was erased from format 1."""
        return self.format == PLAIN and self.erased is not None


@dataclass(frozen=True, slots=True)
class Erasures:
    """The digests of the erased values, with the ids of the erasures, and the salts of the other values, by name; and
    the erasure that sealed an event of format 1 again."""

    digests: dict[str, tuple[str, str]]
    salts: dict[str, str]
    resealed_by: str | None

    @staticmethod
    def parse(text: str | None) -> "Erasures":
        """What the column `erased` says. Raises ValueError."""
        document: dict[str, Any] = json.loads(text or "{}")
        try:
            digests = {
                str(name): (str(each["digest"]), str(each["by"])) for name, each in document.get("digests", {}).items()
            }
            salts = {str(name): str(salt) for name, salt in document.get("salts", {}).items()}
            return Erasures(digests, salts, document.get("resealed_by"))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("malformed") from error


def canonical(event: ChainedEvent) -> bytes:
    """The bytes that are hashed. Raises ValueError if what was erased from the event is malformed."""
    return canonical_with_digests(event) if event.format == DIGESTS else _canonical_plain(event)


def digest(event: ChainedEvent) -> bytes | None:
    """The hash that the event should have; None if nothing can have produced such an event."""
    try:
        return sha256(canonical(event)).digest()
    except ValueError:
        return None


def _canonical_plain(event: ChainedEvent) -> bytes:
    values = (
        *("portico-audit-1", event.organization_id, event.number, event.previous_hash.hex(), event.id, _time(event)),
        *(event.kind, event.actor_id, event.subject_id, event.request_id, event.address, event.policy_version),
        event.changes,
    )
    client = () if event.api_client_id is None else (event.api_client_id,)
    return b"".join(netstring(value) for value in (*values, *client))


def canonical_with_digests(event: ChainedEvent) -> bytes:
    """The bytes of the event in format 2, whatever its format is. Raises ValueError."""
    fields = _fields(event)
    if fields is None:
        changes = value_digest(event, CHANGES, event.changes)
    else:
        names = sorted(fields, key=str.encode)
        pairs = ((name, value_digest(event, f"{CHANGES}.{name}", fields[name])) for name in names)
        changes = b"".join(netstring(name) + netstring(each) for name, each in pairs).decode()
    values = (
        *("portico-audit-2", event.organization_id, event.number, event.previous_hash.hex(), event.id, _time(event)),
        *(event.kind, event.actor_id, event.api_client_id, event.subject_id, event.request_id, event.policy_version),
        value_digest(event, ADDRESS, event.address),
        changes,
    )
    return b"".join(netstring(value) for value in values)


def value_digest(event: ChainedEvent, name: str, value: str | None) -> str | None:
    """The digest of a value of the event: the stored one if the value was erased. None for no value. Raises
    ValueError if the value's salt is missing."""
    erasures = event.erasures
    if name in erasures.digests:
        return erasures.digests[name][0]
    if value is None:
        return None
    salt = erasures.salts.get(name)
    if salt is None:
        if event.salt is None:
            raise ValueError(f"the salt of {name} is missing")
        salt = sha256(netstring(event.salt.hex()) + netstring(name)).hexdigest()
    return sha256(netstring(salt) + netstring(value)).hexdigest()


def badly_erased(event: ChainedEvent) -> Iterator[str]:
    """The names of the values whose digest is kept although something else than the mark of an erased value is in
    their place."""
    fields = _fields(event) or {}
    for name in event.erasures.digests:
        if name == ADDRESS:
            is_marked = event.address is None
        else:
            value = json.loads(fields.get(name.removeprefix(f"{CHANGES}."), "0"))
            sides = value if isinstance(value, list) else [value]
            is_marked = all(side in (None, "erased") for side in sides)
        if not is_marked:
            yield name


def _fields(event: ChainedEvent) -> dict[str, str] | None:
    """The text of each field of the changes; None if they aren't an object."""
    return member_texts(event.changes) if event.changes and event.changes.startswith("{") else None


def _time(event: ChainedEvent) -> str:
    return event.created_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def netstring(value: object) -> bytes:
    """The netstring of a value's text; `-,` for None."""
    if value is None:
        return b"-,"
    text = str(value).encode()
    return b"%d:%b," % (len(text), text)
