"""Whatever runs beside the requests ends when it is cancelled, and what doesn't is left behind after a bounded time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.background import end_tasks, end_within, wait_for_event
from app.policy.shadow import ShadowFollower
from tests.support.server import serving

pytestmark = pytest.mark.invariant("bounded_shutdown")

STARTS = 40


async def nothing() -> None:
    """Instead of asking the database."""


def follower(monkeypatch: pytest.MonkeyPatch) -> ShadowFollower:
    """What follows the policy's shadow, without a database."""
    shadowing = ShadowFollower.__new__(ShadowFollower)
    shadowing._wakeup = asyncio.Event()
    monkeypatch.setattr(shadowing, "synchronize", nothing)
    monkeypatch.setattr(shadowing, "_stop", nothing)
    return shadowing


@pytest.mark.parametrize("turns", range(6))
async def test_a_task_that_is_woken_and_cancelled_in_the_same_turn_ends(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadowing = follower(monkeypatch)
    task = asyncio.create_task(shadowing.run())
    await asyncio.sleep(0.01)
    shadowing.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    _, still_running = await asyncio.wait([task], timeout=60)
    assert not still_running


@pytest.mark.parametrize("turns", range(4))
async def test_a_wait_for_an_event_passes_a_cancellation_on(turns: int) -> None:
    event = asyncio.Event()
    task = asyncio.create_task(wait_for_event(event, 30))
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    was_done = task.done()
    task.cancel()
    await asyncio.wait([task], timeout=60)
    assert was_done or task.cancelled()


async def test_a_wait_for_an_event_says_which_came_first() -> None:
    event = asyncio.Event()
    assert not await wait_for_event(event, 0)
    event.set()
    assert await wait_for_event(event, 30)


async def test_an_application_that_is_stopped_right_after_its_start_ends(database_url: str, tmp_path: Path) -> None:
    for number in range(STARTS):
        async with serving(database_url, tmp_path):
            await asyncio.sleep(number % 8 * 0.005)


async def ignoring(times: int) -> None:
    """Ignores so many cancellations."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


@pytest.mark.parametrize(("times", "ends"), [(0, True), (1, True), (1_000, False)])
async def test_a_task_that_ignores_its_cancellation_is_cancelled_again_and_then_left_behind(
    times: int, ends: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.background.AGAIN_SECONDS", 0.05)
    monkeypatch.setattr("app.background.LAST_SECONDS", 0.2)
    task = asyncio.create_task(ignoring(times), name="stubborn")
    await asyncio.sleep(0)
    await end_tasks([task], 0.05)
    assert task.done() is ends
    assert ("stubborn did not end" in caplog.text) is not ends
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def test_a_task_that_has_failed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> None:
        raise RuntimeError("broken")

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await end_tasks([task])
    assert "broken" in caplog.text


@pytest.mark.parametrize(("close", "abandoned"), [(nothing, False), (lambda: asyncio.Event().wait(), True)])
async def test_closing_what_does_not_close_is_abandoned(
    close: Callable[[], Awaitable[object]], abandoned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    await end_within(0.05, close(), "the pool")
    assert ("the pool" in caplog.text) is abandoned
