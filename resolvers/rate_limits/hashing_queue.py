"""The queue for checking and hashing passwords, which takes a whole core for a tenth of a second each time.

One call runs at a time, so passwords never keep more than one core busy. Calls wait in three lines, each with a bounded
number of places, so that a flood in one line takes no place in another. Within a line, sources such as network
addresses go in turn (start-time fair queueing). A call that finds its line full, or waits too long, raises QueueFull,
and one whose client disconnects while it waits is dropped.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Final, TypeVar

from resolvers import timeline
from resolvers.distribution import Distribution
from resolvers.log_interval import LogInterval
from resolvers.worker_thread import QueueFull, WorkerThread

T = TypeVar("T")

PLACES: Final = 64
PATIENCE: Final = 10.0
OLDEST_EVERY: Final = 4
REPORT_SECONDS: Final = 60.0

log = logging.getLogger("portico.hashing")

_thread = WorkerThread("hashing", waiting=PLACES, niceness=10)


class Line(IntEnum):
    """The lines of the queue, the first one first: emails that have signed in from the same address before, holders of
    a valid mailed link, and all others."""

    KNOWN = 0
    LINK = 1
    OTHER = 2


class Abandoned(QueueFull):
    """The client disconnected before its password was checked, so nobody waits for the result."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call waits. One `source`, such as a network address, gets at most a quarter of the places of a line.
    `disconnected` ends when the client has disconnected; None if that can't be known."""

    queue: "HashingQueue" = field(default_factory=lambda: COMMAND_QUEUE)
    line: Line = Line.OTHER
    source: str = ""
    disconnected: Callable[[], Awaitable[None]] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Returns the result of `work`, as `HashingQueue.run` does."""
        return await self.queue.run(work, self)


@dataclass(eq=False, slots=True)
class _Waiting:
    """A call that waits. `turn` is done once the call may run, and `number` grows with the time of arrival. In each
    `round` of its line, a source has one turn."""

    place: Place
    number: int
    round: int
    turn: "asyncio.Future[None]"


class HashingQueue:
    """Runs one call at a time. Each line has `places`, and nobody waits longer than `patience` seconds.

    Callers of the first line go first, and within a line, sources go in turn. But every fourth turn goes to the caller
    who has waited longest, whatever the line. `refused` and `abandoned` count the calls that did not run, and `waits`
    holds the seconds that others have waited.
    """

    def __init__(self, places: int = PLACES, patience: float = PATIENCE) -> None:
        self.places, self.patience = places, patience
        self.refused = self.abandoned = 0
        self.waits = Distribution()
        self._lines: dict[Line, list[_Waiting]] = {line: [] for line in Line}
        self._rounds = dict.fromkeys(Line, 0)
        self._busy = False
        self._turns = 0
        self._numbers = count()
        self._interval = LogInterval(REPORT_SECONDS)

    async def run(self, work: Callable[[], T], place: Place) -> T:
        """Returns the result of `work`, called in a thread. Raises QueueFull if there is no place or the wait is
        too long, and Abandoned."""
        start = timeline.now()
        await self._take_turn(place)
        timeline.add_wait("wait to hash a password", start)
        start = timeline.now()
        try:
            return await _thread.run(work)
        finally:
            self._end_turn()
            timeline.add("hash a password", start)

    def waiting(self, line: Line) -> int:
        """The number of calls that wait in the line."""
        return len(self._lines[line])

    async def _take_turn(self, place: Place) -> None:
        if not self._busy:
            self._busy = True
            return
        line = self._lines[place.line]
        rounds = [other.round for other in line if other.place.source == place.source]
        if len(line) >= self.places or len(rounds) >= max(1, self.places // 4):
            self._refuse()
        round_ = max(rounds) + 1 if rounds else self._rounds[place.line]
        waiting = _Waiting(place, next(self._numbers), round_, asyncio.get_running_loop().create_future())
        line.append(waiting)
        begin = time.monotonic()
        try:
            await self._wait(waiting)
            self.waits.observe(time.monotonic() - begin)
        except BaseException:
            if waiting in line:
                line.remove(waiting)
            else:
                self._end_turn()
            raise

    async def _wait(self, waiting: _Waiting) -> None:
        disconnected = waiting.place.disconnected
        gone = asyncio.ensure_future(disconnected()) if disconnected is not None else None
        both = {waiting.turn, gone} if gone is not None else {waiting.turn}
        try:
            await asyncio.wait(both, timeout=self.patience, return_when=asyncio.FIRST_COMPLETED)
            if gone is not None and gone.done():
                self.abandoned += 1
                self._report()
                raise Abandoned
            if not waiting.turn.done():
                self._refuse()
        finally:
            if gone is not None:
                gone.cancel()

    def _end_turn(self) -> None:
        following = self._next()
        self._busy = following is not None
        if following is not None:
            line = following.place.line
            self._lines[line].remove(following)
            self._rounds[line] = max(self._rounds[line], following.round)
            following.turn.set_result(None)

    def _next(self) -> _Waiting | None:
        lines = [line for line in self._lines.values() if line]
        self._turns += 1
        if self._turns % OLDEST_EVERY == 0:
            return min((line[0] for line in lines), key=lambda waiting: waiting.number, default=None)
        return min(lines[0], key=lambda waiting: (waiting.round, waiting.number)) if lines else None

    def _refuse(self) -> None:
        self.refused += 1
        self._report()
        raise QueueFull

    def _report(self) -> None:
        """Logs the counts, at most once a minute."""
        if self._interval.is_due(time.monotonic()):
            log.warning(
                "Too many passwords to check: %d requests refused, and %d whose client disconnected, since the start.",
                self.refused,
                self.abandoned,
            )


COMMAND_QUEUE: Final["HashingQueue"] = HashingQueue()
"""The queue of commands, which hash a password now and then."""
