"""Shares a bounded number of places between callers and organizations, so that none of them can hold all.

A place is anything of which there are few: a database connection, a thread. What holds a place can't be interrupted
soon enough, so some places stay free for whoever comes next. The limit of each follows the number of free places (the
dynamic threshold of Choudhury and Hahne, "Dynamic queue length thresholds", 1998): a caller takes another place only
while it holds fewer than are free, an organization only while it holds fewer than three times that number. Of 16
places, one caller alone holds at most 8, one organization 12, and three organizations 4 to 5 each.

Whoever must wait waits in a line of its own. A place that becomes free goes to the organizations in turn, and within
each to its callers in turn (fair queueing), so a long line delays nobody but its own caller.
"""

import asyncio
import logging
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from resolvers.distribution import Distribution
from resolvers.log_interval import LogInterval

CALLER_SHARE: Final = 1
"""How many times the free places a caller may hold."""

ORGANIZATION_SHARE: Final = 3
"""How many times the free places the callers of an organization may hold."""

REPORT_SECONDS: Final = 60.0
"""The shortest time between two log lines about refused callers."""

log = logging.getLogger("portico.queues")


class QueueFull(Exception):
    """Too many wait, or the wait took too long. Nothing was done: try again later."""


class Flow(NamedTuple):
    """The calls of one caller of one organization: what fair queueing calls a flow."""

    organization: Hashable
    caller: Hashable


SERVER: Final = Flow("server", "server")
"""The calls that the server makes for itself."""


class FairQueue:
    """`places` that callers take and release. At most `waiting` wait: a quarter of them for one caller, half of them
    for one organization, and nobody longer than `patience` seconds.

    `name` says in the log what the places are. `refused` counts those who got none, and `waits` holds the seconds that
    others have waited.
    """

    def __init__(self, name: str, places: int, waiting: int, patience: float) -> None:
        self.name, self.patience = name, patience
        self.waiting_places = waiting
        self.free = places
        self.refused = 0
        self.waits = Distribution()
        self._held: Counter[Hashable] = Counter()
        self._waiting: Counter[Hashable] = Counter()  # None counts all
        self._lines: OrderedDict[Hashable, OrderedDict[Flow, deque[asyncio.Future[None]]]] = OrderedDict()
        self._interval = LogInterval(REPORT_SECONDS)

    async def acquire(self, flow: Flow, patience: float | None = None) -> None:
        """Takes a place, after waiting at most `patience` seconds (by default, that of the queue). Raises QueueFull.
        Whoever is cancelled while waiting holds no place."""
        if self._may_take(flow):
            self._take(flow)
        else:
            await self._wait(flow, self.patience if patience is None else min(patience, self.patience))

    def release(self, flow: Flow) -> None:
        """Gives a place back, to the next who may take it."""
        self.free += 1
        for key in (flow.organization, flow):
            _decrement(self._held, key)
        while self._lines and self.free and self._serve():
            pass

    @asynccontextmanager
    async def place(self, flow: Flow) -> AsyncIterator[None]:
        """A place for the block. Raises as `acquire`."""
        await self.acquire(flow)
        try:
            yield
        finally:
            self.release(flow)

    def held(self, key: Hashable) -> int:
        """The number of places that a flow or an organization holds."""
        return self._held[key]

    def waiting(self) -> int:
        """The number of callers that wait."""
        return self._waiting[None]

    def _may_take(self, flow: Flow) -> bool:
        held, free = self._held, self.free
        return held.get(flow, 0) < CALLER_SHARE * free and held.get(flow.organization, 0) < ORGANIZATION_SHARE * free

    def _take(self, flow: Flow) -> None:
        self.free -= 1
        self._held[flow] += 1
        self._held[flow.organization] += 1

    async def _wait(self, flow: Flow, patience: float) -> None:
        loop = asyncio.get_running_loop()
        turn = self._enter(flow, loop)
        timer, begin = loop.call_later(patience, self._expire, flow, turn), loop.time()
        try:
            await turn
            self.waits.observe(loop.time() - begin)
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release(flow)
            else:
                self._leave(flow, turn)
            raise
        finally:
            timer.cancel()

    def _enter(self, flow: Flow, loop: asyncio.AbstractEventLoop) -> "asyncio.Future[None]":
        """Returns a future that is done once the place is taken. Raises QueueFull."""
        waiting, places = self._waiting, self.waiting_places
        if (
            self.waiting() >= places
            or waiting[flow] >= max(1, places // 4)
            or waiting[flow.organization] >= max(1, places // 2)
        ):
            raise self._refusal()
        turn = loop.create_future()
        lines = self._lines.setdefault(flow.organization, OrderedDict())
        lines.setdefault(flow, deque()).append(turn)
        for key in (None, flow.organization, flow):
            waiting[key] += 1
        return turn

    def _leave(self, flow: Flow, turn: "asyncio.Future[None]") -> None:
        """Takes a caller out of its line, if it is still there."""
        lines = self._lines.get(flow.organization)
        line = lines.get(flow) if lines is not None else None
        if lines is None or line is None or turn not in line:
            return
        line.remove(turn)
        for key in (None, flow.organization, flow):
            _decrement(self._waiting, key)
        if not line:
            del lines[flow]
        if not lines:
            del self._lines[flow.organization]

    def _expire(self, flow: Flow, turn: "asyncio.Future[None]") -> None:
        if not turn.done():
            self._leave(flow, turn)
            turn.set_exception(self._refusal())

    def _serve(self) -> bool:
        """Gives a free place to the next in turn. Returns False if none of those who wait may take it."""
        for organization, lines in self._lines.items():
            for flow, line in lines.items():
                if self._may_take(flow):
                    turn = line[0]
                    lines.move_to_end(flow)
                    self._lines.move_to_end(organization)
                    self._leave(flow, turn)
                    if not turn.done():  # a call that was cancelled has not left its line yet
                        self._take(flow)
                        turn.set_result(None)
                    return True
        return False

    def _refusal(self) -> QueueFull:
        self.refused += 1
        if self._interval.is_due(time.monotonic()):
            log.warning("Too many wait for %s: %d refused since the start.", self.name, self.refused)
        return QueueFull()


def _decrement(counts: Counter[Hashable], key: Hashable) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
