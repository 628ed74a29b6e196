"""Prints and reads the ends of the chains (checkpoints), which an operator keeps elsewhere and verifies against later.

{"heads": [{"organization": "org_…", "number": 412, "hash": "9f…"}, {"organization": null, …}]}
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from models import Organization
from resolvers import public_id

NO_ORGANIZATION = UUID(int=0)
"""The id of the chain of events without an organization."""

TrustedCheckpoints = Mapping[UUID | None, Mapping[int, bytes]]
"""Hashes of events at the time when checkpoints were printed, by organization and number."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last event of a chain."""

    organization_id: UUID | None
    number: int
    hash: bytes


def to_json(heads: Iterable[Checkpoint]) -> str:
    """The checkpoints as JSON text."""
    entries = [
        {"organization": organization_id(head.organization_id), "number": head.number, "hash": head.hash.hex()}
        for head in heads
    ]
    return json.dumps({"heads": entries}, indent=2)


def read_checkpoints(paths: Iterable[Path]) -> TrustedCheckpoints:
    """The checkpoints in these files. Raises ValueError for a file in another format, and OSError."""
    checkpoints: defaultdict[UUID | None, dict[int, bytes]] = defaultdict(dict)
    for path in paths:
        try:
            for head in map(_parse, json.loads(path.read_text(encoding="utf-8"))["heads"]):
                checkpoints[head.organization_id][head.number] = head.hash
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not an output of `portico audit head`") from error
    return checkpoints


def organization_id(key: UUID | None) -> str | None:
    """The public id of an organization."""
    return None if key is None else public_id.encode(Organization, key)


def organization_key(id_: str) -> UUID:
    """The primary key of the organization with the public id `id_`. Raises ValueError if it isn't one."""
    key = public_id.key(id_, Organization)
    if key is None:
        raise ValueError("not the id of an organization")
    return key


def _parse(document: Any) -> Checkpoint:
    organization, number, hash_ = document["organization"], document["number"], bytes.fromhex(document["hash"])
    if not isinstance(number, int) or len(hash_) != 32:
        raise ValueError("not a checkpoint")
    return Checkpoint(None if organization is None else organization_key(organization), number, hash_)
