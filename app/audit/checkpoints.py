"""The ends of the chains, to be kept elsewhere: whoever has them can tell later whether the trail is still the same.

{"heads": [{"organization": "org_…", "number": 412, "hash": "9f…"}, {"organization": null, …}]}
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from resolvers import public_id

NO_ORGANIZATION = UUID(int=0)
"""What the database calls the chain of the events without an organization."""

TrustedCheckpoints = Mapping[UUID | None, Mapping[int, bytes]]
"""By organization and number, the hash that an event had when the heads were printed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last event of a chain."""

    organization_id: UUID | None
    number: int
    hash: bytes


def to_json(heads: Iterable[Checkpoint]) -> str:
    """The heads as JSON text."""
    listed = [
        {"organization": organization(head.organization_id), "number": head.number, "hash": head.hash.hex()}
        for head in heads
    ]
    return json.dumps({"heads": listed}, indent=2)


def read_checkpoints(paths: Iterable[Path]) -> TrustedCheckpoints:
    """The heads that were printed into these files. Raises ValueError for one that holds none, and OSError."""
    found: defaultdict[UUID | None, dict[int, bytes]] = defaultdict(dict)
    for path in paths:
        try:
            for head in map(_head, json.loads(path.read_text(encoding="utf-8"))["heads"]):
                found[head.organization_id][head.number] = head.hash
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} does not hold what `portico audit head` printed") from error
    return found


def organization(key: UUID | None) -> str | None:
    """The public id of an organization."""
    return None if key is None else public_id.encode("org", key)


def organization_key(id_: str) -> UUID:
    """The key that the public id of an organization stands for. Raises ValueError."""
    key = public_id.key(id_, "org")
    if key is None:
        raise ValueError("not the id of an organization")
    return key


def _head(given: Any) -> Checkpoint:
    whose, number, hash_ = given["organization"], given["number"], bytes.fromhex(given["hash"])
    if not isinstance(number, int) or len(hash_) != 32:
        raise ValueError("not a head")
    return Checkpoint(None if whose is None else organization_key(whose), number, hash_)
