"""Verifies that what was erased from events of a chain was erased by an erasure that the chain itself records.

The event of an erasure (`user.erased`) has the number of the events that it erased values from, and a hash over the
digests of these values. So nobody can pass off a change as an erasure, or erase more, without adding an event.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from app.audit.canonical_form import ChainedEvent, badly_erased, canonical_with_digests, netstring

KIND = "user.erased"


@dataclass
class _Seal:
    first: ChainedEvent
    events: int = 0
    hash: "hashlib._Hash" = field(default_factory=sha256)


class ErasureSeals:
    """The erasures of one chain whose own events haven't come yet. Events are added in the order of their numbers.

    `remaining` has the seals of what is left of erasures, if the chain's oldest events were moved to an archive.
    """

    def __init__(self, remaining: Mapping[str, tuple[int, str]] | None = None) -> None:
        self._open: dict[str, _Seal] = {}
        self._remaining = remaining or {}

    def add(self, event: ChainedEvent) -> Iterator[str]:
        """Add the next event, and yield what is wrong with what was erased from it, or with the erasure that it
        records."""
        try:
            yield from self._add_erased(event)
        except ValueError:
            yield "What was erased from it is malformed."
        if event.kind == KIND:
            yield from self._close(event)

    def end(self) -> Iterator[tuple[ChainedEvent, str]]:
        """The first event of each erasure that the chain doesn't record, and what is wrong."""
        for seal in self._open.values():
            yield seal.first, "Something was erased from it, and the trail has no record of that erasure."

    def _add_erased(self, event: ChainedEvent) -> Iterator[str]:
        if event.erased is None:
            return
        if names := sorted(badly_erased(event)):
            yield f"It was changed: {', '.join(names)} should be erased, and has a value."
        for erasure in sorted({by for _, by in event.erasures.digests.values()}):
            seal = self._open.setdefault(erasure, _Seal(event))
            seal.events += 1
            seal.hash.update(_lines(event, erasure))
        resealed_by = event.erasures.resealed_by
        if event.was_resealed and resealed_by not in {by for _, by in event.erasures.digests.values()}:
            yield "It was changed: nothing was erased from it, and its hash differs."

    def _close(self, event: ChainedEvent) -> Iterator[str]:
        recorded = _recorded(event)
        if recorded is None:
            return
        erasure, events, sealed = recorded
        seal = self._open.pop(erasure, None)
        found = (0, sha256().hexdigest()) if seal is None else (seal.events, seal.hash.hexdigest())
        if found != self._remaining.get(erasure, (events, sealed)):
            yield "It records an erasure, and something else was erased."


def _lines(event: ChainedEvent, erasure: str) -> bytes:
    lines = []
    if event.erasures.resealed_by == erasure:
        sealed = sha256(canonical_with_digests(event)).hexdigest()
        lines.append(netstring(event.number) + netstring("") + netstring(sealed))
    for name in sorted(event.erasures.digests, key=str.encode):
        digest, by = event.erasures.digests[name]
        if by == erasure:
            lines.append(netstring(event.number) + netstring(name) + netstring(digest))
    return b"".join(lines)


def _recorded(event: ChainedEvent) -> tuple[str, int, str] | None:
    """The erasure that the event records: its id, the number of events, and the hash. None if it vouches for none."""
    changes = json.loads(event.changes or "{}")
    try:
        return changes["erasure"][1], changes["events"][1], changes["seal"][1]
    except (KeyError, IndexError, TypeError):
        return None
