"""Where a chain begins whose oldest events were moved to an archive.

The record of that (`audit.pruned`) is itself an event of the chain: it has the number and the hash of the last event
that was removed, which the first remaining one must follow. So events can't be removed without an event that says so.

An erasure may have taken values out of events on both sides of this place. Its own seal covers all of them, so the
record has a new one for the events that are left.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from models import AuditKind

Seal = tuple[int, str]
"""The number of events from which an erasure took values, and the hash over what it took."""


@dataclass(frozen=True, slots=True)
class ChainStart:
    """The last event that was removed, until when events were removed (ISO 8601), and the seals of the remaining events
    by the ids of their erasures."""

    organization_id: UUID | None
    number: int
    hash: bytes
    before: str
    seals: Mapping[str, Seal] = field(default_factory=dict)


async def chain_starts(connection: asyncpg.Connection, condition: str, *values: Any) -> dict[UUID | None, ChainStart]:
    """The starts of the chains of which something was removed, by organization. `condition` selects events."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (organization_id) organization_id, changes::text AS changes FROM audit_events "  # noqa: S608
        f"WHERE {condition} AND kind = '{AuditKind.AUDIT_PRUNED.value}' AND changes ? 'through' "
        "ORDER BY organization_id, number DESC",
        *values,
    )
    starts = (_start(row["organization_id"], json.loads(row["changes"])) for row in rows)
    return {start.organization_id: start for start in starts if start is not None}


def _start(organization_id: UUID | None, changes: dict[str, Any]) -> ChainStart | None:
    """What a record says. None if it is malformed: then it vouches for nothing, and events are missing."""
    try:
        seals = {
            each["erasure"]: (int(each["events"]), str(each["seal"])) for each in changes.get("erasures", [None, []])[1]
        }
        hash_, before = bytes.fromhex(changes["hash"][1]), str(changes["before"][1])
        return ChainStart(organization_id, int(changes["through"][1]), hash_, before, seals)
    except (IndexError, KeyError, TypeError, ValueError):
        return None
