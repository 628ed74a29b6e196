"""Threads for work that would block the event loop, with a fair and bounded queue in front of them.

Pure Python work holds the interpreter lock, so more threads do not make it faster: one is enough, and keeps at most one
core busy. A caller that gives up, such as a client that disconnects, takes its call out of the queue. A call that has
begun can't be interrupted: it keeps its place until it ends. The threads are daemons, so no call delays the end of the
process.
"""

import asyncio
import os
import queue
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar, cast

from resolvers.fair_queue import SERVER, FairQueue, Flow, QueueFull
from resolvers.garbage import collected_at_end

__all__ = ["QueueFull", "WorkerThread"]

T = TypeVar("T")
Loop = asyncio.AbstractEventLoop

PATIENCE: Final = 10.0
"""How long a call waits for the thread, in seconds."""


class WorkerThread:
    """A thread named `name`, or several. At most `waiting` calls wait, for at most `patience` seconds.

    `niceness` is added to the threads' own, so that the system prefers other threads and processes to them. Use it only
    for work that does not hold the interpreter lock, because a thread that holds it and waits holds up all others.
    """

    def __init__(
        self, name: str, waiting: int, niceness: int = 0, *, threads: int = 1, patience: float = PATIENCE
    ) -> None:
        self.name, self._niceness, self._threads = name, niceness, threads
        self.queue = FairQueue(f"the thread {name}", threads, waiting, patience)
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._started = 0

    async def run(self, function: Callable[[], T], flow: Flow = SERVER, patience: float | None = None) -> T:
        """Returns the result of `function`, called in a thread on behalf of `flow`, after waiting at most `patience`
        seconds. Raises QueueFull, and whatever `function` raises."""
        await self.queue.acquire(flow, patience)
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        try:
            self._start_threads()
        except BaseException:  # the system allows no further thread
            self.queue.release(flow)
            raise
        self._calls.put(partial(self._call, function, partial(self._finish, flow, result), loop))
        return await result

    def _call(
        self, function: Callable[[], T], finish: Callable[[T | None, Exception | None], None], loop: Loop
    ) -> None:
        value, error = None, None
        try:
            with collected_at_end():
                value = function()
        except BaseException as raised:  # noqa: BLE001
            error = _as_error(raised)
        try:
            loop.call_soon_threadsafe(finish, value, error)
        except RuntimeError:  # the loop is closed, so nobody waits for the result
            finish(None, None)

    def _finish(self, flow: Flow, result: "asyncio.Future[T]", value: T | None, error: Exception | None) -> None:
        self.queue.release(flow)
        if result.done() or result.get_loop().is_closed():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(cast("T", value))

    def _start_threads(self) -> None:
        while self._started < self._threads:
            threading.Thread(target=self._work, name=f"{self.name}_{self._started + 1}", daemon=True).start()
            self._started += 1

    def _work(self) -> None:
        _lower_priority(self._niceness)
        while True:
            call = self._calls.get()
            call()
            del call  # what it refers to must not live until the next call


def _as_error(raised: BaseException) -> Exception:
    """What the caller gets. Whatever was raised, such as the panic of an extension, ends the call and not the thread;
    and a future can't hold a StopIteration."""
    if isinstance(raised, Exception) and not isinstance(raised, StopIteration):
        return raised
    error = RuntimeError(f"the call ended with {type(raised).__name__}")
    error.__cause__ = raised
    return error


def _lower_priority(niceness: int) -> None:
    if niceness and sys.platform == "linux":  # elsewhere, a thread has no niceness of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + niceness)
