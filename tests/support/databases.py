"""Creates databases for tests, as copies of one that the migrations have built."""

import asyncio
import itertools
import os
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

import migrations
from app.database.pools import create_write_engine, normalize_url
from tests.support.distribution import citus
from tests.support.distribution.kept_databases import KEPT

T = TypeVar("T")

# Durability is not what these tests are about; the speed is felt by everybody. The log, which may be in memory, stays
# small.
UNSAFE_BUT_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "min_wal_size": "32MB",
    "max_wal_size": "128MB",
}
NUMBERS = itertools.count(1)


def in_new_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in an event loop of another thread, so that it does not interfere with the test's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def another(url: str, database: str) -> str:
    """Returns `url` with another database."""
    address, _, parameters = normalize_url(url).partition("?")
    server, _, _ = address.rpartition("/")
    return f"{server}/{database}" + (f"?{parameters}" if parameters else "")


class OpenSession:
    """A session with a server that stays open, in the event loop of a thread of its own. To begin one for each database
    that tests create, and one more to drop it, takes a quarter of the time that both take."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="databases of tests", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection | None = None
        self._turns = asyncio.Lock()

    async def execute(self, statements: Sequence[str]) -> None:
        """Run statements outside of any transaction, from any event loop."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._execute(statements), self._loop))

    def close(self) -> None:
        """End the session."""
        if self._connection is not None:
            asyncio.run_coroutine_threadsafe(self._connection.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _execute(self, statements: Sequence[str]) -> None:
        async with self._turns:
            # A test may have ended all sessions of the server.
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url)
            for statement in statements:
                await self._connection.execute(statement)


_open_sessions: dict[str, OpenSession] = {}
"""By the URLs of their servers."""


@contextmanager
def open_session(server_url: str) -> Iterator[None]:
    """Within the block, `execute` runs what it is given for this server in one session."""
    session = _open_sessions[server_url] = OpenSession(server_url)
    try:
        yield
    finally:
        del _open_sessions[server_url]
        session.close()


async def execute(url: str, *statements: str) -> None:
    """Run statements outside of any transaction."""
    if (session := _open_sessions.get(url)) is not None:
        await session.execute(statements)
        return
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def build(url: str) -> None:
    """Migrate the database at `url` to the newest version."""
    engine = create_write_engine(url)
    await migrations.upgrade(engine)
    await engine.dispose()


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """Create a database from `template`, yield its URL, and drop it after the block. If the server is the coordinator
    of a cluster, its workers get one of the same name, and those of a kept template are used again."""
    servers = [server_url, *citus.workers()]
    name = _used_before(servers, template) or _made(servers, template)
    try:
        yield another(server_url, name)
    finally:
        if KEPT.keeps(template):
            KEPT.give_back(template, name)
        else:
            in_new_loop(_dropped(servers, name))


@contextmanager
def keeping_copies(server_url: str, template: str) -> Iterator[None]:
    """On a cluster, the copies of this template that tests get in the block are kept until its end."""
    if not citus.workers():
        yield
        return
    KEPT.keep(template)
    try:
        yield
    finally:
        for name in KEPT.forget(template):
            in_new_loop(_dropped([server_url, *citus.workers()], name))


def _used_before(servers: Sequence[str], template: str) -> str | None:
    while name := KEPT.take(template):
        if in_new_loop(KEPT.restore(name)):
            return name
        in_new_loop(_dropped(servers, name))
    return None


def _made(servers: Sequence[str], template: str) -> str:
    name = f"portico_test_{os.getpid()}_{next(NUMBERS)}"
    in_new_loop(citus.copied(servers, name, template) if citus.workers() else _copied(servers[0], name, template))
    if KEPT.keeps(template):
        in_new_loop(KEPT.add(name, [another(server, name) for server in servers]))
    return name


async def _dropped(servers: Sequence[str], name: str) -> None:
    await asyncio.gather(*(execute(server, f"DROP DATABASE {name} WITH (FORCE)") for server in servers))


async def _copied(server: str, name: str, template: str) -> None:
    await execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
