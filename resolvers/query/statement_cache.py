"""Builds statements in a thread, and caches them by what they depend on.

Building is work of the interpreter, for a large selection a second of it or more, so it must not run in the event loop,
and only few builds may run at once. Two requests that need the same statement wait for the same build. A build that
nobody waits for any more is not begun.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from authz.access import Access
from resolvers.deep_size import deep_size
from resolvers.fair_queue import Flow
from resolvers.lru_cache import LRUCache
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection
from resolvers.query.statement import Statement, build
from resolvers.worker_thread import WorkerThread

CACHE_ENTRIES: Final = 1_000
CACHE_BYTES: Final = 64_000_000


class StatementKey(NamedTuple):
    """What a statement depends on: the arguments of `build`."""

    access: Access
    selection: Selection
    guarded: bool = True
    large: bool = False
    max_response_bytes: int | None = None


@dataclass(slots=True)
class _Build:
    """A statement that is being built, or waits for it. `waiting` is the number of requests that need it."""

    task: "asyncio.Task[Statement]"
    waiting: int = field(default=0)


class StatementCache:
    """Statements for the types and fields of `registry`. New ones are built in `thread`."""

    def __init__(self, registry: Registry, thread: WorkerThread) -> None:
        self.registry = registry
        self._thread = thread
        self._statements: LRUCache[StatementKey, Statement] = LRUCache(CACHE_ENTRIES, CACHE_BYTES)
        self._builds: dict[StatementKey, _Build] = {}

    def emptied(self) -> "StatementCache":
        """A new cache without entries: they keep the policies alive that they were built for."""
        return StatementCache(self.registry, self._thread)

    def get(self, key: StatementKey) -> Statement | None:
        """The statement, if it is cached."""
        return self._statements.get(key)

    async def build(self, key: StatementKey, flow: Flow) -> Statement:
        """Builds the statement on behalf of `flow`, or joins a build of the same statement. Raises QueueFull, and the
        errors of planning."""
        running = self._builds.get(key)
        if running is None:
            running = self._builds[key] = _Build(asyncio.create_task(self._build(key, flow)))
        running.waiting += 1
        try:
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if not running.waiting:
                running.task.cancel()
                if self._builds.get(key) is running:
                    del self._builds[key]

    async def _build(self, key: StatementKey, flow: Flow) -> Statement:
        return await self._thread.run(partial(self._build_and_store, key), flow)

    def _build_and_store(self, key: StatementKey) -> Statement:
        statement = build(
            self.registry,
            key.access,
            key.selection,
            guarded=key.guarded,
            large=key.large,
            max_response_bytes=key.max_response_bytes,
        )
        size = key.selection.size + deep_size((statement.sql, statement.parameters))
        # Also if nobody waits any more: whoever was too impatient finds it at the next try.
        self._statements.put(key, statement, size)
        return statement
