"""Helpers for background tasks: cancellable waits, and shutdown within a bounded time.

Portico never uses `asyncio.wait_for`: in CPython 3.11 it swallows a cancellation that arrives in the same turn of the
event loop in which the inner future is done (python/cpython#86296; fixed in 3.12). A loop around it then runs on, and
code that awaits the cancelled task waits forever. `asyncio.timeout` has no such gap. The linter bans
`asyncio.wait_for`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from app.background_metrics import Rounds
from app.database.errors import DATABASE_ERRORS

log = logging.getLogger("portico")

OUTAGE_SECONDS = 10.0
"""How long a worker waits after a step that has failed."""

END_SECONDS = 5.0
"""How long a cancelled task may take to clean up."""

AGAIN_SECONDS = 0.5
"""The interval at which a task that still runs after that is cancelled again."""

LAST_SECONDS = 2.0
"""How long it is cancelled again before it is abandoned."""


async def wait_for_event(event: asyncio.Event, seconds: float) -> bool:
    """Wait until `event` is set, at most `seconds`. Returns False if the time ran out first."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def repeat(
    step: Callable[[], Awaitable[bool]],
    poll_seconds: float,
    log: logging.Logger,
    failure: str,
    rounds: Rounds | None = None,
) -> None:
    """Do one step after the other until cancelled. A step returns whether it found something to do; if not, the next
    one follows after `poll_seconds`. `failure` is the beginning of the line that is logged when one fails. Each step is
    a round of `rounds`."""
    rounds = Rounds() if rounds is None else rounds
    while True:
        pause = OUTAGE_SECONDS
        try:
            pause = 0 if await step() else poll_seconds
            rounds.end()
        except DATABASE_ERRORS as error:
            rounds.fail()
            log.warning("%s (%s).", failure, type(error).__name__)
        except Exception:
            rounds.fail()
            log.exception("%s.", failure)
        await asyncio.sleep(pause)


async def end_within(seconds: float, closing: Awaitable[object], name: str) -> None:
    """Await `closing`, at most `seconds`; log that `name` was abandoned if the time ran out."""
    try:
        async with asyncio.timeout(seconds):
            await closing
    except TimeoutError:
        log.warning("Closing %s took more than %g seconds: abandoned.", name, seconds)


async def end_tasks(tasks: Collection[asyncio.Task[Any]], seconds: float = END_SECONDS) -> None:
    """Cancel `tasks` and wait until they have ended, whatever their outcome; returns after a bounded time.

    A task gets `seconds` to clean up. If it still runs then, it has missed or ignored its cancellation: it is cancelled
    again a few times, and then abandoned with a line in the log.
    """
    for task in tasks:
        task.cancel()
    late = await _still_running(tasks, seconds)
    for _ in range(int(LAST_SECONDS / AGAIN_SECONDS)):
        for task in late:
            task.cancel()
        late = await _still_running(late, AGAIN_SECONDS)
    for task in late:
        log.error("The background task %s did not end when cancelled: abandoned.", task.get_name())


async def _still_running(tasks: Collection[asyncio.Task[Any]], seconds: float) -> Collection[asyncio.Task[Any]]:
    if not tasks:
        return ()
    done, running = await asyncio.wait(tasks, timeout=seconds)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The background task %s failed.", task.get_name(), exc_info=error)
    return running


@asynccontextmanager
async def run_in_background(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs each coroutine as a task beside the block, and cancels all of them at its end."""
    tasks = [asyncio.create_task(work, name=getattr(work, "__qualname__", None)) for work in coroutines]
    try:
        yield
    finally:
        await end_tasks(tasks)
