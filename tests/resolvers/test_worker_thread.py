"""A worker thread runs one call at a time, bounds its queue, and drops abandoned calls."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from resolvers.fair_queue import Flow
from resolvers.worker_thread import QueueFull, WorkerThread


@asynccontextmanager
async def busy(worker: WorkerThread) -> AsyncIterator[None]:
    """During the block, the thread runs a call."""
    begun, end = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        end.wait()

    running = asyncio.create_task(worker.run(block, Flow("busy", "busy")))
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        end.set()
        await running


async def test_calls_run_one_after_the_other_in_one_thread() -> None:
    worker = WorkerThread("test", waiting=40)
    running, most = 0, 0

    def work() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        running -= 1
        return threading.current_thread().name

    assert len(set(await asyncio.gather(*(worker.run(work) for _ in range(10))))) == 1
    assert most == 1


async def test_errors_are_raised_and_free_the_place() -> None:
    worker = WorkerThread("test", waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 // 0)


class Panic(BaseException):
    """What an extension may raise."""


@pytest.mark.parametrize("raised", [Panic, StopIteration, SystemExit])
async def test_whatever_a_call_raises_the_thread_goes_on(raised: type[BaseException]) -> None:
    def fail() -> None:
        raise raised

    worker = WorkerThread("test", waiting=0)
    for _ in range(2):
        async with asyncio.timeout(60):
            with pytest.raises(RuntimeError) as error:
                await worker.run(fail)
        assert isinstance(error.value.__cause__, raised)
    assert worker.queue.free == 1


async def test_a_thread_that_can_not_be_started_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = WorkerThread("test", waiting=0)

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            await worker.run(int)
    assert await worker.run(int) == 0


async def test_the_queue_is_bounded_and_abandoned_calls_leave_it() -> None:
    worker = WorkerThread("test", waiting=2)
    done: list[int] = []
    async with busy(worker):
        waiting = [
            asyncio.create_task(worker.run(partial(done.append, number), Flow(number, number))) for number in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await worker.run(partial(done.append, 9), Flow(9, 9))
        waiting[0].cancel()
        await asyncio.sleep(0)
        third = asyncio.create_task(worker.run(partial(done.append, 2), Flow(2, 2)))
        await asyncio.sleep(0)
    await asyncio.gather(waiting[1], third)
    assert done == [1, 2]


async def test_a_call_that_has_begun_keeps_its_place_when_its_caller_leaves() -> None:
    worker = WorkerThread("test", waiting=0)
    begun, end = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        end.wait()

    leaving = asyncio.create_task(worker.run(block))
    await asyncio.to_thread(begun.wait)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert worker.queue.free == 0
    end.set()
    while not worker.queue.free:
        await asyncio.sleep(0.001)
    assert await worker.run(lambda: 1) == 1


async def test_a_call_waits_a_bounded_time() -> None:
    worker = WorkerThread("test", waiting=4)
    async with busy(worker):
        with pytest.raises(QueueFull):
            await worker.run(int, patience=0.001)
    assert await worker.run(int) == 0


def test_a_call_that_runs_on_does_not_delay_the_end_of_the_process() -> None:
    program = """
import asyncio, itertools
from resolvers.worker_thread import WorkerThread
async def main():
    endless = asyncio.create_task(WorkerThread("test", 1).run(lambda: [None for _ in itertools.count()]))
    await asyncio.sleep(0.1)
    endless.cancel()
asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert ended.returncode == 0
