"""Keeps what questions about the policy need, such as their statements, and builds it in a thread of its own.

Building takes up to a second of the interpreter: the routes of all traits of an organization's users, and a statement
with a condition for each route. So it is done once per policy and traits, never in the event loop, and one build at a
time. Two questions that need the same wait for the same build, and a build that nobody waits for any more is not begun.

Keys contain the version of the policy instead of the policy, so that no entry keeps a former policy alive.
"""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from resolvers.fair_queue import SERVER, Flow
from resolvers.lru_cache import LRUCache
from resolvers.worker_thread import WorkerThread

T = TypeVar("T")

ENTRIES: Final = 1_000
BYTES: Final = 32_000_000
WAITING: Final = 4
"""How many builds may wait. Few, because the caller of each holds a connection meanwhile."""


@dataclass(slots=True)
class _Build:
    task: "asyncio.Task[Any]"
    waiting: int = 0


class QuestionCache:
    """The values that were used last: at most `ENTRIES`, of `BYTES` in total."""

    def __init__(self) -> None:
        self._thread = WorkerThread("policy questions", WAITING)
        self._values: LRUCache[Hashable, Any] = LRUCache(ENTRIES, BYTES)
        self._builds: dict[Hashable, _Build] = {}

    async def get(self, key: Hashable, build: Callable[[], tuple[T, int]], flow: Flow = SERVER) -> T:
        """Returns the value of `key`. If it is not cached, `build` is called in the thread on behalf of `flow`, and
        returns the value and its size in bytes. Raises QueueFull, and whatever `build` raises."""
        value: T | None = self._values.get(key)
        if value is not None:
            return value
        running = self._builds.get(key)
        if running is None:
            running = self._builds[key] = _Build(asyncio.create_task(self._build(key, build, flow)))
        running.waiting += 1
        try:
            result: T = await asyncio.shield(running.task)
            return result
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.task.cancel()
                if self._builds.get(key) is running:
                    del self._builds[key]

    async def run(self, function: Callable[[], T], flow: Flow = SERVER) -> T:
        """Returns the result of `function`, called in the thread on behalf of `flow`. Raises QueueFull."""
        return await self._thread.run(function, flow)

    async def _build(self, key: Hashable, build: Callable[[], tuple[T, int]], flow: Flow) -> T:
        return await self._thread.run(partial(self._build_and_keep, key, build), flow)

    def _build_and_keep(self, key: Hashable, build: Callable[[], tuple[T, int]]) -> T:
        value, size = build()
        self._values.put(key, value, size)
        return value


QUESTIONS: Final = QuestionCache()
"""The cache of the process. Servers, commands and tests share it, since a key names all that its value depends on."""
