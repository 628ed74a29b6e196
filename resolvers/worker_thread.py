"""A thread for work that would block the event loop, with a bounded queue in front of it.

One call runs at a time, so this work keeps at most one core busy. A caller that gives up, such as a client that
disconnects, takes its call out of the queue.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class QueueFull(Exception):
    """Too many calls wait for the thread. Nothing was done: try again later."""


class WorkerThread:
    """A thread named `name`. At most `waiting` calls wait for it; `rejected` counts the calls beyond that."""

    def __init__(self, name: str, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = waiting
        self._pending = 0
        self.rejected = 0

    async def run(self, function: Callable[[], T]) -> T:
        """Returns the result of `function`, called in the thread. Raises QueueFull, and whatever `function` raises."""
        if self._pending > self._waiting:
            self.rejected += 1
            raise QueueFull
        self._pending += 1
        # If the awaiting task is cancelled, asyncio cancels this future, and with it the call unless it has begun.
        call = asyncio.get_running_loop().run_in_executor(self._executor, function)
        call.add_done_callback(self._on_done)
        return await call

    def _on_done(self, _call: "asyncio.Future[T]") -> None:
        self._pending -= 1
