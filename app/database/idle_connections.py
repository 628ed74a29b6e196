"""Checks connections that a pool hands out again, without a round trip for each use.

PostgreSQL tells a client when it ends a session, so a connection that was closed while idle is known to be closed. Only
what lies between can fail silently, such as a firewall that forgets connections; so a connection that has been idle for
longer is pinged. A connection that fails in between is noticed at its first statement, which nothing precedes:
`run_in_transaction` then uses another one.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.errors import DATABASE_ERRORS
from resolvers.driver_connection import DriverConnection

PING_AFTER_SECONDS: Final = 10.0
"""A connection that has been idle for longer is pinged before it is used."""

PING_SECONDS: Final = 3.0
"""How long PostgreSQL may take to answer."""

_IDLE_SINCE: Final = "portico.idle_since"


def check_idle_connections(
    engine: AsyncEngine,
    clock: Callable[[], float] = time.monotonic,
    *,
    is_away: Callable[[], bool] = lambda: False,
) -> None:
    """Check the connections of the pool of `engine` when they are used again. A closed one is replaced, with all that
    are as old: they were most likely closed together; and so are all while it is known that the database `is_away`.
    `clock` returns monotonic seconds."""
    pool = engine.sync_engine

    @event.listens_for(pool, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[_IDLE_SINCE] = clock()

    @event.listens_for(pool, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        idle_since = record.info.get(_IDLE_SINCE)
        if idle_since is None:
            return
        if is_away():
            raise InvalidatePoolError("the database can't be reached")
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError("the database has closed the connection")
        if clock() - idle_since > PING_AFTER_SECONDS and not connection.run_async(_answers):
            raise InvalidatePoolError("the database no longer answers on the connection")


async def _answers(connection: DriverConnection) -> bool:
    try:
        # One message of the simple query protocol, which a pooler passes on as it is.
        await connection.execute("SELECT", timeout=PING_SECONDS)
    except DATABASE_ERRORS:
        return False
    return True
