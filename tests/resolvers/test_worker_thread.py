"""A worker thread runs one call at a time, bounds its queue, and drops abandoned calls."""

import asyncio
import threading
from functools import partial

import pytest

from resolvers.worker_thread import QueueFull, WorkerThread


async def test_calls_run_one_after_the_other_in_one_thread() -> None:
    worker = WorkerThread("test", waiting=10)
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


async def test_the_queue_is_bounded_and_abandoned_calls_leave_it() -> None:
    worker = WorkerThread("test", waiting=2)
    begun, end = threading.Event(), threading.Event()
    done: list[int] = []

    def block() -> None:
        begun.set()
        end.wait()

    def note(number: int) -> None:
        done.append(number)

    first = asyncio.create_task(worker.run(block))
    await asyncio.to_thread(begun.wait)
    waiting = [asyncio.create_task(worker.run(partial(note, number))) for number in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await worker.run(partial(note, 9))
    assert worker.rejected == 1
    waiting[0].cancel()
    await asyncio.sleep(0)
    third = asyncio.create_task(worker.run(partial(note, 2)))
    await asyncio.sleep(0)
    end.set()
    await asyncio.gather(first, waiting[1], third)
    assert done == [1, 2]


async def test_rejections_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    worker = WorkerThread("test", waiting=-1)
    for _ in range(5):
        with pytest.raises(QueueFull):
            await worker.run(int)
    [record] = [record for record in caplog.records if record.name == "portico.threads"]
    assert record.getMessage() == "Too many calls wait for the thread test: 1 rejected since the start."
    assert worker.rejected == 5
