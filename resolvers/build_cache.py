"""A cache of values that are built in a thread: each once, however many wait for it."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Final, TypeVar

from resolvers.fair_queue import Flow, QueueFull
from resolvers.lru_cache import LRUCache
from resolvers.worker_thread import WorkerThread

V = TypeVar("V")

MOST_TURNS: Final = 4
"""For so many flows, one value waits in the queue of the thread. Who else needs it waits for the first of these."""

CROWDED: Final = 0.75
"""If more of the queue's waiting places are taken, a value waits for one flow only."""


class _Build:
    """A value that is being built, or waits for it. `waiting` is the number of callers that need it.

    It has a turn in the queue of the thread for each of several flows, and is built at the first of them. So nobody has
    to wait for a value in the long line of another caller who needs it, too. `error` is what building it has raised.
    """

    def __init__(self) -> None:
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.turns: dict[Flow, asyncio.Task[Any]] = {}
        self.waiting = 0
        self.error: Exception | None = None

    def add_turn(self, flow: Flow, turn: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Waits for a turn of this flow, too. `turn` builds the value then."""
        task = self.turns[flow] = asyncio.create_task(turn())
        task.add_done_callback(partial(self._end_turn, flow))

    def cancel(self) -> None:
        """Gives up all turns, since nobody waits any more, or the value is there."""
        for task in self.turns.values():
            task.cancel()

    def _end_turn(self, flow: Flow, task: "asyncio.Task[Any]") -> None:
        del self.turns[flow]
        if task.cancelled():
            return
        error = task.exception()
        if self.result.done() or (isinstance(error, QueueFull) and self.turns):
            return
        if error is None:
            self.result.set_result(task.result())
        else:
            self.result.set_exception(error)
            self.result.exception()  # everybody who needs the value may have gone
        self.cancel()


class BuildCache:
    """The values that were used last: at most `entries`, of `size` in total. New ones are built in `thread`.

    Callers that need the same value wait for the same build. A build that nobody waits for any more is not begun.
    """

    def __init__(self, thread: WorkerThread, entries: int, size: int) -> None:
        self.thread = thread
        self._values: LRUCache[Hashable, Any] = LRUCache(entries, size)
        self._builds: dict[Hashable, _Build] = {}

    def cached(self, key: Hashable) -> Any | None:
        """The value, if it is cached."""
        return self._values.get(key)

    async def build(self, key: Hashable, build: Callable[[], tuple[V, int]], flow: Flow) -> V:
        """Calls `build` in the thread on behalf of `flow`, or joins a build of the same value.

        `build` returns the value and its size. Raises QueueFull, and whatever `build` raises."""
        running = self._builds.get(key)
        if running is None or running.result.done():
            running = self._builds[key] = _Build()
        if self._needs_turn(running, flow):
            running.add_turn(flow, partial(self.thread.run, partial(self._build_and_keep, running, key, build), flow))
        running.waiting += 1
        try:
            value: V = await asyncio.shield(running.result)
            return value
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.cancel()
                if self._builds.get(key) is running:
                    del self._builds[key]

    def _needs_turn(self, running: _Build, flow: Flow) -> bool:
        if not running.turns:
            return True
        queue = self.thread.queue
        crowded = queue.waiting() > CROWDED * queue.waiting_places
        return flow not in running.turns and len(running.turns) < MOST_TURNS and not crowded

    def _build_and_keep(self, running: _Build, key: Hashable, build: Callable[[], tuple[V, int]]) -> V:
        # The turn of another flow may have been the first.
        if running.error is not None:
            raise running.error
        kept: V | None = self._values.get(key)
        if kept is not None:
            return kept
        try:
            value, size = build()
        except Exception as error:
            running.error = error
            raise
        # Also if nobody waits any more: whoever was too impatient finds it at the next try.
        self._values.put(key, value, size)
        return value
