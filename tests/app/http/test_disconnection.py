"""A block of work is cancelled when the client disconnects, and only then."""

import asyncio
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from app.http import disconnection
from app.http.disconnection import cancelled_on_disconnection, watch_disconnection


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disconnection, "GRACE_SECONDS", 0.0)


def watched(gone: asyncio.Event) -> Scope:
    """The scope of a request whose client disconnects with the event."""
    scope: Scope = {}

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    watch_disconnection(scope, receive)
    return scope


async def test_work_is_cancelled_when_the_client_disconnects_and_the_task_goes_on() -> None:
    gone, steps = asyncio.Event(), []

    async def work() -> None:
        try:
            with cancelled_on_disconnection(watched(gone)):
                await asyncio.Event().wait()
        except ClientDisconnect:
            await asyncio.sleep(0.01)
            steps.append("goes on")

    asyncio.get_running_loop().call_later(0.01, gone.set)
    await work()
    assert steps == ["goes on"]


async def test_work_goes_on_while_the_client_waits() -> None:
    gone = asyncio.Event()
    with cancelled_on_disconnection(watched(gone)):
        await asyncio.sleep(0.01)
    gone.set()
    await asyncio.sleep(0.01)


async def test_errors_and_other_cancellations_pass() -> None:
    async def work(fails: bool) -> None:
        with cancelled_on_disconnection(watched(asyncio.Event())):
            await asyncio.sleep(0.01)
            if fails:
                raise KeyError
            await asyncio.Event().wait()

    with pytest.raises(KeyError):
        await work(fails=True)
    task = asyncio.create_task(work(fails=False))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_without_a_connection_nothing_is_watched() -> None:
    with cancelled_on_disconnection({}):
        await asyncio.sleep(0.01)
