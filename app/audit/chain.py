"""Verifies one chain event by event, and reports what is wrong with which event.

    1 ── 2 ── 3 ── 4   head: 4

Each event is hashed again. If the hash differs, the event was changed, or moved if the hash fits another place in the
chain. If an event's previous hash isn't the hash of the event before it, that event was changed and hashed again. A gap
in the numbers is a missing event, and so is everything between the last event and the head. Where personal data was
erased, the record of the erasure says what is missing. If the oldest events were moved to an archive, the record of
that says where the chain begins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.audit.canonical_form import INITIAL_HASH, ChainedEvent, digest
from app.audit.chain_start import ChainStart
from app.audit.checkpoints import Checkpoint
from app.audit.erasure_seals import ErasureSeals

MOST_COMPARED = 200
"""The number of changed events of one chain that are tried at each other's places."""


class IntegrityFault(StrEnum):
    """Kinds of damage to a chain."""

    CHANGED = "CHANGED"
    MOVED = "MOVED"
    UNLINKED = "UNLINKED"
    MISSING = "MISSING"
    CUT_OFF = "CUT_OFF"
    HEAD = "HEAD"
    ANCHOR = "ANCHOR"
    ERASURE = "ERASURE"


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """Damage to a chain, and its place: `number` in the chain of `organization_id`, and the event, if it exists."""

    organization_id: UUID | None
    number: int
    fault: IntegrityFault
    message: str
    event_id: UUID | None = None


@dataclass
class Chain:
    """The verified part of one organization's chain. Events are added in the order of their numbers.

    `trusted_checkpoints` holds known hashes by number. Without a `start`, it begins with event 1.
    """

    organization_id: UUID | None
    trusted_checkpoints: Mapping[int, bytes]
    start: ChainStart | None = None
    number: int = 0
    hash: bytes = INITIAL_HASH
    changed: list[ChainedEvent] = field(default_factory=list)
    _trusted: bool = True
    _seals: ErasureSeals = field(default_factory=ErasureSeals)

    def __post_init__(self) -> None:
        if self.start is not None:
            self.number, self.hash = self.start.number, self.start.hash
            self._seals = ErasureSeals(self.start.seals)

    def add(self, event: ChainedEvent) -> Iterator[ChainFinding]:
        """Verify the next event and yield what is wrong with it."""
        if event.number <= self.number:
            yield self._of(event, IntegrityFault.CHANGED, f"There are two events with the number {event.number}.")
            return
        if event.number > self.number + 1:
            yield self._missing(IntegrityFault.MISSING, event.number - 1)
            self._trusted = False
        # The hash of a resealed event can't be computed; the erasure that sealed it again vouches for the event.
        actual = event.hash if event.was_resealed else digest(event)
        if actual != event.hash:
            yield from self._changed(event)
        elif self._trusted and event.previous_hash != self.hash:
            reason = f"It does not follow event {self.number}, which was changed and hashed again, or replaced."
            yield self._of(event, IntegrityFault.UNLINKED, reason)
        if self.trusted_checkpoints.get(event.number, actual) != actual:
            yield self._of(event, IntegrityFault.ANCHOR, "The anchor has another event at this place.")
        for reason in self._seals.add(event):
            yield self._of(event, IntegrityFault.ERASURE, reason)
        self.number, self.hash, self._trusted = event.number, event.hash, actual == event.hash

    def end(self, head: Checkpoint | None) -> Iterator[ChainFinding]:
        """Yield what is wrong with the end of the chain, after all events were added."""
        yield from map(self._changed_or_moved, self.changed)
        for event, reason in self._seals.end():
            yield self._of(event, IntegrityFault.ERASURE, reason)
        if head is None and self.number:
            yield ChainFinding(
                self.organization_id, self.number, IntegrityFault.HEAD, "The head of the chain is missing."
            )
        elif head is not None and head.number > self.number:
            yield self._missing(IntegrityFault.CUT_OFF, head.number)
        elif head is not None and (head.number, head.hash) != (self.number, self.hash):
            reason = f"The head names event {head.number} with a hash that differs from the end of the chain."
            yield ChainFinding(self.organization_id, self.number, IntegrityFault.HEAD, reason)
        start = self.start
        if start is not None and self.trusted_checkpoints.get(start.number, start.hash) != start.hash:
            reason = "The anchor has another event at the place before the first one that is left."
            yield ChainFinding(self.organization_id, start.number, IntegrityFault.ANCHOR, reason)
        newest = max(self.trusted_checkpoints, default=0)
        if newest > self.number:
            reason = f"The anchor has event {newest}, but the chain ends with event {self.number}."
            yield ChainFinding(self.organization_id, newest, IntegrityFault.ANCHOR, reason)

    def _changed(self, event: ChainedEvent) -> Iterator[ChainFinding]:
        # Whether the event was moved is known only when all the others are.
        if len(self.changed) < MOST_COMPARED:
            self.changed.append(event)
        else:
            yield self._changed_or_moved(event)

    def _changed_or_moved(self, event: ChainedEvent) -> ChainFinding:
        places = (other.number for other in self.changed if other.number != event.number)
        original = next((place for place in places if event.with_number(place).has_valid_hash), None)
        if original is not None:
            return self._of(event, IntegrityFault.MOVED, f"It was event {original} and has been moved.")
        return self._of(event, IntegrityFault.CHANGED, "It was changed: it no longer has the hash stored with it.")

    def _of(self, event: ChainedEvent, fault: IntegrityFault, message: str) -> ChainFinding:
        return ChainFinding(self.organization_id, event.number, fault, message, event.id)

    def _missing(self, fault: IntegrityFault, last: int) -> ChainFinding:
        first = self.number + 1
        events = f"Event {first} is" if first == last else f"Events {first} to {last} are"
        end = ", at the end of the chain" if fault is IntegrityFault.CUT_OFF else ""
        return ChainFinding(self.organization_id, first, fault, f"{events} missing{end}.")
