"""A database that is reachable and silent: waits end, and the places of the pools are free again."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import idle_connections, pools, read_pool
from app.database.errors import is_unavailable
from app.database.idle_connections import PING_AFTER_SECONDS, check_idle_connections
from app.database.keep_alive import GONE_SECONDS, IDLE_SECONDS
from app.database.pools import create_read_pool, create_write_engine, normalize_url
from resolvers import driver_connection
from resolvers.driver_connection import DriverConnection
from resolvers.fair_queue import Flow
from tests.support.bad_days.silent_proxy import SilentProxy, silent_proxy

PID = "SELECT pg_backend_pid()"
ADA, MAX = Flow("acme", "ada"), Flow("globex", "max")


@pytest_asyncio.fixture
async def proxy(shared_database_url: str) -> AsyncIterator[SilentProxy]:
    (folder,) = parse_qs(urlsplit(normalize_url(shared_database_url)).query)["host"]
    async with silent_proxy(Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def url(shared_database_url: str, proxy: SilentProxy) -> str:
    """The URL of the database behind the proxy."""
    name = shared_database_url.partition("?")[0].rpartition("/")[2]
    return f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a tenth of a second instead of some."""
    monkeypatch.setattr(pools, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(driver_connection, "CANCEL_SECONDS", 0.1)
    monkeypatch.setattr(read_pool, "CANCEL_SECONDS", 0.1)
    monkeypatch.setattr(idle_connections, "PING_SECONDS", 0.1)


@asynccontextmanager
async def engine_at(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_write_engine(url, max_connections=1, statement_timeout=0.2)
    yield engine
    await engine.dispose()


async def pid_of(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        pid: int = (await connection.execute(text(PID))).scalar_one()
        return pid


async def test_a_change_ends_and_its_connection_is_replaced(proxy: SilentProxy, url: str) -> None:
    async with engine_at(url) as engine:
        first = await pid_of(engine)
        async with engine.connect() as connection:
            await connection.execute(text(PID))
            proxy.fall_silent()
            with pytest.raises(TimeoutError) as silent:
                await connection.execute(text(PID))
        assert is_unavailable(silent.value)
        proxy.speak()
        assert await pid_of(engine) != first


async def test_a_commit_without_an_answer_ends(proxy: SilentProxy, url: str) -> None:
    async with engine_at(url) as engine:
        async with engine.connect() as connection:
            await connection.execute(text(PID))
            proxy.fall_silent()
            with pytest.raises(TimeoutError):
                await connection.commit()
        proxy.speak()
        assert await pid_of(engine)


async def test_an_idle_connection_that_has_become_silent_is_replaced_before_it_is_used(
    proxy: SilentProxy, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    checking = partial(check_idle_connections, clock=lambda: seconds[0])
    monkeypatch.setattr(pools, "check_idle_connections", checking)
    async with engine_at(url) as engine:
        first = await pid_of(engine)
        proxy.fall_silent()
        proxy.speak()
        seconds[0] += PING_AFTER_SECONDS + 1
        assert await pid_of(engine) != first


async def test_one_silent_read_lets_the_pool_forget_all_sessions_that_were_idle(proxy: SilentProxy, url: str) -> None:
    async with create_read_pool(url, max_connections=3, statement_timeout=0.2) as pool:
        async with pool.acquire(), pool.acquire(ADA), pool.acquire(MAX):
            pass
        assert pool.sessions == 3
        proxy.fall_silent()
        with pytest.raises(TimeoutError):
            await pool.fetchval(PID)
        proxy.speak()
        while pool.queue.free < 3:
            await asyncio.sleep(0.01)
        assert pool.sessions == 0
        assert await pool.fetchval(PID)


async def test_the_kernel_looks_for_the_other_end_of_a_connection(url: str) -> None:
    async with create_read_pool(url, max_connections=1) as pool, pool.acquire() as connection:
        assert isinstance(connection, DriverConnection)
        options = connection.socket
        assert options.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert options.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == IDLE_SECONDS
        assert options.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE_SECONDS * 1000
