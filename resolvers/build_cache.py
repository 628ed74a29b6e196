"""A cache of values that are built in a thread: each once, however many wait for it."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from resolvers.fair_queue import Flow
from resolvers.lru_cache import LRUCache
from resolvers.worker_thread import WorkerThread

V = TypeVar("V")


@dataclass(slots=True)
class _Build:
    """A value that is being built, or waits for it. `waiting` is the number of callers that need it."""

    task: "asyncio.Task[Any]"
    waiting: int = 0


class BuildCache:
    """The values that were used last: at most `entries`, of `size` in total. New ones are built in `thread`.

    Two callers that need the same value wait for the same build. A build that nobody waits for any more is not begun.
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
        if running is None:
            running = self._builds[key] = _Build(asyncio.create_task(self._build(key, build, flow)))
        running.waiting += 1
        try:
            value: V = await asyncio.shield(running.task)
            return value
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.task.cancel()
                if self._builds.get(key) is running:
                    del self._builds[key]

    async def _build(self, key: Hashable, build: Callable[[], tuple[V, int]], flow: Flow) -> V:
        return await self.thread.run(partial(self._build_and_keep, key, build), flow)

    def _build_and_keep(self, key: Hashable, build: Callable[[], tuple[V, int]]) -> V:
        value, size = build()
        # Also if nobody waits any more: whoever was too impatient finds it at the next try.
        self._values.put(key, value, size)
        return value
