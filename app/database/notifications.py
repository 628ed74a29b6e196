"""Telling and hearing through PostgreSQL (NOTIFY, LISTEN), between all processes that share a database."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

DATABASE_UNAVAILABLE_ERRORS = (SQLAlchemyError, PostgresError, InterfaceError, OSError)
"""What is raised while the database is away."""

log = logging.getLogger("portico.notifications")


def _nothing() -> None:
    """Instead of something to do whenever the listening begins."""


async def listen(
    engine: AsyncEngine,
    heard: Mapping[str, Callable[[str], None]],
    pause: float,
    *,
    begun: Callable[[], None] = _nothing,
    name: str | None = None,
) -> None:
    """Call what `heard` has for a channel with the payload of every notification on it, until cancelled.

    Holds one connection of the engine's pool, called `name` in `pg_stat_activity` where that is given. When it is lost,
    tries anew after `pause` seconds; what is notified of meanwhile is missed. `begun` is called each time that the
    listening begins.
    """
    while True:
        try:
            await _listen_once(engine, heard, begun, name)
        except DATABASE_UNAVAILABLE_ERRORS as error:
            log.warning("Not listening on %s (%s); trying again.", ", ".join(heard), type(error).__name__)
        await asyncio.sleep(pause)


async def _listen_once(
    engine: AsyncEngine, heard: Mapping[str, Callable[[str], None]], begun: Callable[[], None], name: str | None
) -> None:
    lost = asyncio.Event()
    async with engine.connect() as connection:
        raw = await _raw(connection)
        try:
            if name is not None:
                await raw.execute("SELECT set_config('application_name', $1, false)", name)
            raw.add_termination_listener(lambda *_: lost.set())
            for channel in heard:
                await raw.add_listener(channel, lambda _connection, _process, on, payload: heard[on](payload))
            begun()
            await lost.wait()
        finally:
            # A connection that listens must not go back to the pool.
            await connection.invalidate()


async def notify(engine: AsyncEngine, channel: str, payload: str) -> None:
    """Tell all who listen on `channel`, at once. A payload holds 8,000 bytes at most. Raises one of
    `DATABASE_UNAVAILABLE_ERRORS`."""
    async with engine.connect() as connection:
        await (await _raw(connection)).execute("SELECT pg_notify($1, $2)", channel, payload)


async def listeners(engine: AsyncEngine, name: str) -> int:
    """How many who listen under this name there are in this database."""
    called = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"
    async with engine.connect() as connection:
        count: int = await (await _raw(connection)).fetchval(called, name)
        return count


async def _raw(connection: AsyncConnection) -> Any:
    """The driver's own connection, on which each statement is a transaction of its own."""
    return (await connection.get_raw_connection()).driver_connection
