"""Builds statements in a thread, and caches them by what they depend on.

Building is work of the interpreter, for a large selection a second of it or more, so it must not run in the event loop,
and only few builds may run at once.
"""

import time
from functools import partial
from typing import Final, NamedTuple

from authz.access import Access
from resolvers import timeline
from resolvers.build_cache import BuildCache
from resolvers.deep_size import deep_size
from resolvers.distribution import Distribution
from resolvers.fair_queue import Flow
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection
from resolvers.query.statement import Statement, Variant, build
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
    variant: Variant | None = None


class StatementCache:
    """Statements for the types and fields of `registry`. New ones are built in `thread`. `builds` holds the seconds
    that requests have waited for new ones, the queue included."""

    def __init__(self, registry: Registry, thread: WorkerThread, builds: Distribution | None = None) -> None:
        self.registry = registry
        self.builds = builds or Distribution()
        self._cache = BuildCache(thread, CACHE_ENTRIES, CACHE_BYTES)

    def emptied(self) -> "StatementCache":
        """A new cache without entries: they keep the policies alive that they were built for."""
        return StatementCache(self.registry, self._cache.thread, self.builds)

    def get(self, key: StatementKey) -> Statement | None:
        """The statement, if it is cached."""
        return self._cache.cached(key)

    async def build(self, key: StatementKey, flow: Flow) -> Statement:
        """Builds the statement on behalf of `flow`, or joins a build of the same statement. Raises QueueFull, and the
        errors of planning."""
        begin, start = time.monotonic(), timeline.now()
        statement = await self._cache.build(key, partial(self._built, key), flow)
        self.builds.observe(time.monotonic() - begin)
        timeline.add("build the statement", start)
        return statement

    def _built(self, key: StatementKey) -> tuple[Statement, int]:
        statement = build(
            self.registry,
            key.access,
            key.selection,
            guarded=key.guarded,
            large=key.large,
            max_response_bytes=key.max_response_bytes,
            variant=key.variant,
        )
        return statement, key.selection.size + deep_size((statement.sql, statement.parameters))
