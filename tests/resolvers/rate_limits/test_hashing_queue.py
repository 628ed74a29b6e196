"""The queue for passwords: one at a time, in bounded lines, and nothing for those who have gone."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from resolvers.rate_limits.hashing_queue import Abandoned, HashingQueue, Line, Place
from resolvers.worker_thread import QueueFull


class Desk:
    """A queue whose first call runs until it is released, and the names of the calls that ran, in order."""

    def __init__(self, places: int, patience: float = 60.0) -> None:
        self.queue = HashingQueue(places, patience)
        self.ran: list[str] = []
        self.calls: list[asyncio.Task[None]] = []
        self._released = threading.Event()

    async def call(
        self, name: str, line: Line = Line.OTHER, source: str = "", gone: asyncio.Event | None = None
    ) -> None:
        async def disconnected() -> None:
            assert gone is not None
            await gone.wait()

        place = Place(self.queue, line, source or name, disconnected if gone else None)
        await place.run(lambda: self.ran.append(name))

    async def begin(self, name: str, line: Line = Line.OTHER, **place: object) -> asyncio.Task[None]:
        """Start a call, which then runs or waits."""
        task = asyncio.create_task(self.call(name, line, **place))  # type: ignore[arg-type]
        self.calls.append(task)
        await asyncio.sleep(0)
        return task

    async def end(self) -> list[object]:
        """Release the first call, and wait for the others. Returns their results."""
        self._released.set()
        return await asyncio.gather(*self.calls, return_exceptions=True)

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Keep the queue busy during the block."""
        self.calls.append(asyncio.ensure_future(Place(self.queue).run(self._released.wait)))  # type: ignore[arg-type]
        try:
            yield
        finally:
            self._released.set()


async def test_one_call_runs_at_a_time() -> None:
    queue, running, most = HashingQueue(), 0, 0

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        running -= 1

    await asyncio.gather(*(Place(queue, source=str(number)).run(work) for number in range(20)))
    assert most == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, a thread has no niceness of its own")
async def test_passwords_are_hashed_at_the_lowest_priority_of_the_process() -> None:
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    niceness = await Place(HashingQueue()).run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert niceness == min(own + 10, 19)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


async def test_a_full_line_refuses_and_leaves_the_others_their_places() -> None:
    desk = Desk(places=4)
    with desk.occupied():
        await asyncio.sleep(0)
        for number in range(4):
            await desk.begin(f"other {number}")
        for _ in range(100):
            with pytest.raises(QueueFull):
                await desk.call("refused")
        await desk.begin("known", Line.KNOWN)
        await desk.begin("link", Line.LINK)
        assert [desk.queue.waiting(line) for line in Line] == [1, 1, 4]
        await desk.end()
    assert desk.queue.refused == 100
    assert desk.ran[:2] == ["known", "link"]
    assert sorted(desk.ran[2:]) == [f"other {number}" for number in range(4)]


async def test_sources_go_in_turn() -> None:
    desk = Desk(places=32)
    with desk.occupied():
        await asyncio.sleep(0)
        for number in range(6):
            await desk.begin(f"flood {number}", source="flood")
        for name in ("ada", "ben"):
            for number in range(2):
                await desk.begin(f"{name} {number}", source=name)
        await desk.end()
    # Two turns go to the call that has waited longest, which is one of the flood.
    assert max(desk.ran.index("ada 0"), desk.ran.index("ben 0")) < 4
    assert max(desk.ran.index("ada 1"), desk.ran.index("ben 1")) < 8


async def test_one_source_gets_a_quarter_of_a_line() -> None:
    desk = Desk(places=8)
    with desk.occupied():
        await asyncio.sleep(0)
        for number in range(2):
            await desk.begin(f"flood {number}", source="192.0.2.1")
        with pytest.raises(QueueFull):
            await desk.call("flood", source="192.0.2.1")
        await desk.begin("honest", source="192.0.2.2")
        await desk.end()
    assert desk.ran == ["flood 0", "honest", "flood 1"]


async def test_every_fourth_turn_is_for_the_longest_wait() -> None:
    desk = Desk(places=16)
    with desk.occupied():
        await asyncio.sleep(0)
        await desk.begin("other 0")
        await desk.begin("other 1")
        for number in range(12):
            await desk.begin(f"known {number}", Line.KNOWN)
        await desk.end()
    assert desk.ran[3] == "other 0"
    assert desk.ran[7] == "other 1"
    assert [name for name in desk.ran if name.startswith("known")] == [f"known {number}" for number in range(12)]


async def test_a_call_whose_client_has_gone_never_runs_and_frees_its_place() -> None:
    desk, gone = Desk(places=4), asyncio.Event()
    with desk.occupied():
        await asyncio.sleep(0)
        abandoned = [await desk.begin(f"abandoned {number}", gone=gone) for number in range(4)]
        assert desk.queue.waiting(Line.OTHER) == 4
        gone.set()
        results = await asyncio.gather(*abandoned, return_exceptions=True)
        assert [type(result) for result in results] == [Abandoned] * 4
        await desk.begin("honest")
        await desk.end()
    assert desk.ran == ["honest"]
    assert desk.queue.abandoned == 4


async def test_a_cancelled_call_leaves_the_queue() -> None:
    desk = Desk(places=4)
    with desk.occupied():
        await asyncio.sleep(0)
        cancelled = await desk.begin("cancelled")
        await desk.begin("next")
        cancelled.cancel()
        await desk.end()
    assert desk.ran == ["next"]
    await desk.call("later")


async def test_nobody_waits_longer_than_the_patience() -> None:
    desk = Desk(places=4, patience=0.01)
    with desk.occupied():
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await desk.call("late")
        assert desk.queue.waiting(Line.OTHER) == 0
        await desk.end()
    assert desk.ran == []


async def test_a_failure_is_the_callers_and_the_next_call_runs() -> None:
    queue = HashingQueue()

    def fail() -> None:
        raise ValueError("not a password")

    results = await asyncio.gather(
        Place(queue, source="1").run(fail), Place(queue, source="2").run(lambda: 7), return_exceptions=True
    )
    assert isinstance(results[0], ValueError)
    assert results[1] == 7


async def test_what_is_refused_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(places=4)
    with desk.occupied():
        await asyncio.sleep(0)
        for number in range(4):
            await desk.begin(str(number))
        for _ in range(10):
            with pytest.raises(QueueFull):
                await desk.call("refused")
        await desk.end()
    assert len([record for record in caplog.records if record.name == "portico.hashing"]) == 1
