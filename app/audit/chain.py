"""One chain, looked at event by event: what does not fit, and which event it is.

    1 ── 2 ── 3 ── 4   head: 4

Each event is hashed anew. Where the hash is another one, the event was changed; unless it fits in another place of the
chain: then it was moved. Where an event has another hash before it than the one that its neighbour has, the neighbour
was changed and given a new hash. A number that is not there is a missing event, and so is whatever lies between the
last event and the head.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.audit.canonical_form import INITIAL_HASH, ChainedEvent, digest
from app.audit.checkpoints import Checkpoint

MOST_COMPARED = 200
"""Changed events of one chain that are tried in each other's places."""


class IntegrityFault(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "CHANGED"
    MOVED = "MOVED"
    UNLINKED = "UNLINKED"
    MISSING = "MISSING"
    CUT_OFF = "CUT_OFF"
    HEAD = "HEAD"
    ANCHOR = "ANCHOR"


@dataclass(frozen=True, slots=True)
class ChainFinding:
    """What is wrong, and where: `number` in the chain of `organization_id`, and the event if there is one."""

    organization_id: UUID | None
    number: int
    fault: IntegrityFault
    message: str
    event_id: UUID | None = None


@dataclass
class Chain:
    """The events of one organization so far, to be given in the order of their numbers. `anchors` are known hashes."""

    organization_id: UUID | None
    trusted_checkpoints: Mapping[int, bytes]
    number: int = 0
    hash: bytes = INITIAL_HASH
    changed: list[ChainedEvent] = field(default_factory=list)
    _trusted: bool = True

    def add(self, event: ChainedEvent) -> Iterator[ChainFinding]:
        """What is wrong with the next event."""
        if event.number <= self.number:
            yield self._of(event, IntegrityFault.CHANGED, f"There are two events with the number {event.number}.")
            return
        if event.number > self.number + 1:
            yield self._missing(IntegrityFault.MISSING, event.number - 1)
            self._trusted = False
        actual = digest(event)
        if actual != event.hash:
            yield from self._changed(event)
        elif self._trusted and event.previous_hash != self.hash:
            reason = f"It does not follow event {self.number}: that one was changed and hashed anew, or replaced."
            yield self._of(event, IntegrityFault.UNLINKED, reason)
        if self.trusted_checkpoints.get(event.number, actual) != actual:
            yield self._of(event, IntegrityFault.ANCHOR, "The anchor remembers another event in this place.")
        self.number, self.hash, self._trusted = event.number, event.hash, actual == event.hash

    def end(self, head: Checkpoint | None) -> Iterator[ChainFinding]:
        """What is wrong with the end of the chain, once all events were added."""
        yield from map(self._changed_or_moved, self.changed)
        if head is None and self.number:
            yield ChainFinding(
                self.organization_id, self.number, IntegrityFault.HEAD, "The head of the chain is missing."
            )
        elif head is not None and head.number > self.number:
            yield self._missing(IntegrityFault.CUT_OFF, head.number)
        elif head is not None and (head.number, head.hash) != (self.number, self.hash):
            reason = f"The head names event {head.number} with another hash than the chain ends with."
            yield ChainFinding(self.organization_id, self.number, IntegrityFault.HEAD, reason)
        beyond = max(self.trusted_checkpoints, default=0)
        if beyond > self.number:
            reason = f"The anchor remembers event {beyond}; the chain ends with event {self.number}."
            yield ChainFinding(self.organization_id, beyond, IntegrityFault.ANCHOR, reason)

    def _changed(self, event: ChainedEvent) -> Iterator[ChainFinding]:
        # Whether it was moved is known only when all others are.
        if len(self.changed) < MOST_COMPARED:
            self.changed.append(event)
        else:
            yield self._changed_or_moved(event)

    def _changed_or_moved(self, event: ChainedEvent) -> ChainFinding:
        places = (other.number for other in self.changed if other.number != event.number)
        was = next((place for place in places if event.at(place).is_whole), None)
        if was is not None:
            return self._of(event, IntegrityFault.MOVED, f"It was event {was}, and now stands in another place.")
        return self._of(event, IntegrityFault.CHANGED, "It is not what its hash was made of: it was changed.")

    def _of(self, event: ChainedEvent, fault: IntegrityFault, message: str) -> ChainFinding:
        return ChainFinding(self.organization_id, event.number, fault, message, event.id)

    def _missing(self, fault: IntegrityFault, last: int) -> ChainFinding:
        first = self.number + 1
        which = f"Event {first} is" if first == last else f"Events {first} to {last} are"
        end = ", and with them the end of the chain" if fault is IntegrityFault.CUT_OFF else ""
        return ChainFinding(self.organization_id, first, fault, f"{which} missing{end}.")
