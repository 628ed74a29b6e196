"""A thread for work that would block the event loop, with a bounded queue in front of it.

One call runs at a time, so this work keeps at most one core busy. A caller that gives up, such as a client that
disconnects, takes its call out of the queue.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from resolvers.log_interval import LogInterval

T = TypeVar("T")

REPORT_SECONDS = 60.0
"""The shortest time between two log lines about rejected calls."""

log = logging.getLogger("portico.threads")


class QueueFull(Exception):
    """Too many calls wait for the thread. Nothing was done: try again later."""


class WorkerThread:
    """A thread named `name`. At most `waiting` calls wait for it; `rejected` counts the calls beyond that,
    and is logged at most once a minute.

    `niceness` is added to the thread's own, so that the system prefers other threads and processes to it. Use it only
    for work that does not hold the interpreter lock, because a thread that holds it and waits holds up all others.
    """

    def __init__(self, name: str, waiting: int, niceness: int = 0) -> None:
        lower = partial(_lower_priority, niceness)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name, initializer=lower)
        self.name = name
        self._waiting = waiting
        self._pending = 0
        self.rejected = 0
        self._interval = LogInterval(REPORT_SECONDS)

    async def run(self, function: Callable[[], T]) -> T:
        """Returns the result of `function`, called in the thread. Raises QueueFull, and whatever `function` raises."""
        if self._pending > self._waiting:
            self.rejected += 1
            if self._interval.is_due(time.monotonic()):
                log.warning(
                    "Too many calls wait for the thread %s: %d rejected since the start.", self.name, self.rejected
                )
            raise QueueFull
        self._pending += 1
        # If the awaiting task is cancelled, asyncio cancels this future, and with it the call unless it has begun.
        call = asyncio.get_running_loop().run_in_executor(self._executor, function)
        call.add_done_callback(self._on_done)
        return await call

    def _on_done(self, _call: "asyncio.Future[T]") -> None:
        self._pending -= 1


def _lower_priority(niceness: int) -> None:
    if niceness and sys.platform == "linux":  # elsewhere, a thread has no niceness of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + niceness)
