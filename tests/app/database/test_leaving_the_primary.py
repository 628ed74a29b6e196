"""Listeners, and what waits for a database that is known to be away, leave one that doesn't answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.background import end_tasks
from app.database import idle_connections, notifications, pools
from app.database.notifications import listen, notify
from app.database.pools import create_write_engine, write_engine_of, write_sessions
from tests.support.pooling.silent_proxy import SilentProxy, silent_proxy

ONE = text("SELECT 1")


@pytest_asyncio.fixture
async def proxy(shared_database_url: str) -> AsyncIterator[SilentProxy]:
    if "host=/" not in shared_database_url:
        pytest.skip("the proxy of these tests is for sockets")
    async with silent_proxy(shared_database_url) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(idle_connections, "PING_SECONDS", 0.1)
    monkeypatch.setattr(notifications, "ASK_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(notifications, "ASK_SECONDS", 0.1)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_listener_finds_out_and_listens_anew(proxy: SilentProxy, shared_database_url: str) -> None:
    engine, direct = create_write_engine(proxy.url), create_write_engine(shared_database_url)
    received: asyncio.Queue[str] = asyncio.Queue()
    begun: list[None] = []
    handlers = {"portico_test_silence": received.put_nowait}
    listener = asyncio.create_task(listen(engine, handlers, 0.05, on_listening=lambda: begun.append(None)))
    try:
        await until(lambda: begun)
        proxy.fall_silent()
        await until(lambda: proxy.accepted > 1)
        proxy.speak()
        await until(lambda: len(begun) > 1)
        async with asyncio.timeout(60):
            while received.empty():
                await notify(direct, "portico_test_silence", "again")
                await asyncio.sleep(0.01)
        assert not listener.done()
    finally:
        await end_tasks([listener])
        await engine.dispose()
        await direct.dispose()


async def test_what_waits_is_dropped_once_the_database_is_known_to_be_away(proxy: SilentProxy) -> None:
    away = False
    sessions = write_sessions(proxy.url, is_away=lambda: away)
    engine = write_engine_of(sessions, 3)
    async with engine.connect() as connection:
        await connection.execute(ONE)

    async def ask() -> None:
        async with engine.connect() as connection:
            await connection.execute(ONE)

    proxy.fall_silent()
    asking = [asyncio.create_task(ask()) for _ in range(2)]  # one on the idle connection, one on a new one
    await until(lambda: proxy.accepted == 2)
    away = True
    sessions.drop()
    done, waiting = await asyncio.wait(asking, timeout=60)
    assert not waiting
    assert [isinstance(task.exception(), ConnectionError) or "closed" in str(task.exception()) for task in done] == [
        True,
        True,
    ]
    with pytest.raises(ConnectionError, match="the primary can't be reached"):
        await ask()
    assert proxy.accepted == 2

    away = False
    proxy.speak()
    await ask()
    await engine.dispose()


async def test_only_sessions_that_were_opened_before_a_time_are_dropped(proxy: SilentProxy) -> None:
    """Those of a new primary stay."""
    sessions = write_sessions(proxy.url)
    former = await sessions.open()
    between = time.monotonic()
    later = await sessions.open()
    sessions.drop(opened_before=between)
    assert (former.is_closed(), later.is_closed()) == (True, False)
    assert await later.fetchval("SELECT 1") == 1
    await later.close()


async def test_a_caller_who_gives_up_while_connecting_leaves_no_connection(proxy: SilentProxy) -> None:
    proxy.fall_silent()
    opening = asyncio.create_task(write_sessions(proxy.url).open())
    await until(lambda: proxy.open == 1)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await until(lambda: proxy.open == 0)
