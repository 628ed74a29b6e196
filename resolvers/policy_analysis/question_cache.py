"""Keeps what questions about the policy need, such as their statements, and builds it in a thread of its own.

Building takes up to a second of the interpreter: the routes of all traits of an organization's users, and a statement
with a condition for each route. So it is done once per policy and traits, never in the event loop, and one build at a
time.

Keys contain the version of the policy instead of the policy, so that no entry keeps a former policy alive.
"""

import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Final, TypeVar

from resolvers import database_time
from resolvers.build_cache import BuildCache
from resolvers.fair_queue import SERVER, Flow
from resolvers.worker_thread import WorkerThread

T = TypeVar("T")

ENTRIES: Final = 1_000
BYTES: Final = 32_000_000
WAITING: Final = 16
"""How many calls may wait, a quarter of them of one caller. Each holds a connection for writing meanwhile, of which one
caller has fewer by default: all that one operation asks at once finds a place here."""


class QuestionCache:
    """The values that were used last: at most `ENTRIES`, of `BYTES` in total."""

    def __init__(self) -> None:
        self._cache = BuildCache(WorkerThread("policy questions", WAITING), ENTRIES, BYTES)

    async def get(self, key: Hashable, build: Callable[[], tuple[T, int]], flow: Flow = SERVER) -> T:
        """Returns the value of `key`. If it is not cached, `build` is called in the thread on behalf of `flow`, and
        returns the value and its size in bytes. Raises QueueFull, and whatever `build` raises."""
        value: T | None = self._cache.cached(key)
        if value is not None:
            return value
        own = _Stopwatch()
        with database_time.uncounted():
            value = await self._cache.build(key, partial(own.run, build), flow)
        database_time.record(own.seconds)
        return value

    async def run(self, function: Callable[[], T], flow: Flow = SERVER) -> T:
        """Returns the result of `function`, called in the thread on behalf of `flow`. Raises QueueFull."""
        own = _Stopwatch()
        with database_time.uncounted():
            result = await self._cache.thread.run(partial(own.run, function), flow)
        database_time.record(own.seconds)
        return result


class _Stopwatch:
    """The seconds of the processor that a caller's own calls took: the time of the question, without the wait for the
    calls of others."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def run(self, function: Callable[[], T]) -> T:
        """Calls `function` in this thread."""
        start = time.thread_time()
        try:
            return function()
        finally:
            self.seconds += time.thread_time() - start


QUESTIONS: Final = QuestionCache()
"""The cache of the process. Servers, commands and tests share it, since a key names all that its value depends on."""
