"""Notifications through PostgreSQL (NOTIFY, LISTEN), between all processes that share a database."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.errors import DATABASE_ERRORS

ASK_AFTER_SECONDS: Final = 15.0
"""How often a connection that listens is asked whether it is still there."""

ASK_SECONDS: Final = 5.0
"""How long PostgreSQL may take to answer that."""

log = logging.getLogger("portico.notifications")


def _do_nothing() -> None:
    """The default of `on_listening`."""


async def listen(
    engine: AsyncEngine,
    handlers: Mapping[str, Callable[[str], None]],
    retry_seconds: float,
    *,
    on_listening: Callable[[], None] = _do_nothing,
    name: str | None = None,
) -> None:
    """Calls the handler of a channel with the payload of each notification, until cancelled.

    Uses one connection of the engine's pool, named `name` in `pg_stat_activity` if given. If the connection is lost, it
    reconnects after `retry_seconds`; notifications sent in between are lost. `on_listening` is called each time that it
    starts to listen.
    """
    while True:
        try:
            await _listen_once(engine, handlers, on_listening, name)
        except DATABASE_ERRORS as error:
            log.warning("Not listening on %s (%s); trying again.", ", ".join(handlers), type(error).__name__)
        await asyncio.sleep(retry_seconds)


async def _listen_once(
    engine: AsyncEngine,
    handlers: Mapping[str, Callable[[str], None]],
    on_listening: Callable[[], None],
    name: str | None,
) -> None:
    lost = asyncio.Event()
    async with engine.connect() as connection:
        raw = await _raw(connection)
        try:
            raw.add_termination_listener(lambda *_: lost.set())
            for channel in handlers:
                await raw.add_listener(channel, lambda _connection, _process, on, payload: handlers[on](payload))
            if name is not None:
                # Last: whoever counts the connections of this name expects that they listen.
                await raw.execute("SELECT set_config('application_name', $1, false)", name)
            on_listening()
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASK_AFTER_SECONDS):
                        await lost.wait()
                if lost.is_set():
                    return
                # PostgreSQL may be gone without closing the connection, on which nothing else is sent to it.
                await raw.execute("SELECT", timeout=ASK_SECONDS)
        finally:
            # A connection that listens must not go back to the pool.
            await connection.invalidate()


async def notify(engine: AsyncEngine, channel: str, payload: str) -> None:
    """Notifies all listeners on `channel` at once. A payload has at most 8,000 bytes. Raises one of
    `DATABASE_ERRORS`."""
    async with engine.connect() as connection:
        await (await _raw(connection)).execute("SELECT pg_notify($1, $2)", channel, payload)


async def count_listeners(engine: AsyncEngine, name: str) -> int:
    """Returns the number of connections to this database with this name."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"
    async with engine.connect() as connection:
        count: int = await (await _raw(connection)).fetchval(query, name)
        return count


async def _raw(connection: AsyncConnection) -> Any:
    """Returns the driver's connection, on which each statement is its own transaction."""
    return (await connection.get_raw_connection()).driver_connection
