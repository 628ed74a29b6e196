"""Runs migrations while servers use the database: one process at a time, each migration a transaction, no long wait.

A migration that waits for the lock of a table makes everyone who comes after it wait, too, so that one long query is
enough to stop a service. So each wait ends after `LOCK_SECONDS`, the migration is rolled back, and tried again later.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from migrations.compatibility import can_serve, oldest_serving, read_floor, write_floor
from migrations.distributed import is_distributed
from migrations.scripts import alembic_config, current, head, is_known

log = logging.getLogger("portico")

LOCK_KEY = 0x706F727469636F  # "portico"; any number that nothing else uses in this database

LOCK_SECONDS = 2.0
"""How long a statement of a migration waits for a lock."""

TRIES = 20
LONGEST_PAUSE = 20.0
"""How often a migration that gets no lock is tried, and how long the pause between two tries grows, in seconds."""

OTHERS_SECONDS = 3600.0
"""How long another process may migrate before this one gives up: it may be building a large index."""

NO_LOCK = ("55P03", "40P01")
"""SQLSTATE codes: lock not available, deadlock detected (PostgreSQL manual, appendix A)."""

_OLDEST = """
SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start)::int AS seconds FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND NOT pid = ANY (:own)
ORDER BY xact_start LIMIT 1
"""


async def upgrade(engine: AsyncEngine, revision: str = "head") -> tuple[str | None, str]:
    """Migrate the database to `head()`, or to the older `revision`. Each migration is a transaction of its own: after a
    failure, the database is at the one before, and the next try goes on from there.

    Concurrent migrations wait for each other. A database that a newer version has migrated is left alone if this code
    serves on it. Returns the revisions before and after. Raises CommandError if it doesn't, or another process migrates
    for too long; DBAPIError if a statement fails or gets no lock in all tries.
    """
    async with _alone(engine) as (connection, own):
        before = await current(connection)
        if before is not None and not is_known(before):
            await _expect_to_serve(connection, before)
            return before, before
        await _with_tries(connection, own, lambda sync: _run(command.upgrade, sync, revision))
        after = await current(connection)
        if after == head():
            await write_floor(connection, oldest_serving())
        await connection.commit()
        assert after is not None
        return before, after


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the migrations after `revision` back, with all that they have brought. Nothing but tests does this: to go
    back, operators restore a backup."""
    async with _alone(engine) as (connection, own):
        await _with_tries(connection, own, lambda sync: _run(command.downgrade, sync, revision))


async def _expect_to_serve(connection: AsyncConnection, revision: str) -> None:
    floor = await read_floor(connection)
    if not can_serve(revision, floor):
        raise CommandError(
            f"the database has the migration {revision} of a newer Portico, on which this one can't serve: install a "
            f"version that has the migration {floor or revision}"
        )


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[tuple[AsyncConnection, list[int]]]:
    """A connection for migrations, and the process ids of PostgreSQL that are ours. No other process migrates in the
    block: an open transaction on another connection holds a lock, which a pooler can't give to anyone else."""
    async with engine.connect() as guard, engine.connect() as connection:
        try:
            async with asyncio.timeout(OTHERS_SECONDS):
                while not await _take_lock(guard):  # noqa: ASYNC110
                    await asyncio.sleep(random.uniform(0.1, 0.3))  # noqa: S311
        except TimeoutError:
            raise CommandError(
                "another process has been migrating the database for an hour: see what it does"
            ) from None
        pids = [(await each.execute(text("SELECT pg_backend_pid()"))).scalar_one() for each in (guard, connection)]
        await _release_snapshot(guard)
        await connection.rollback()
        yield connection, pids


async def _take_lock(guard: AsyncConnection) -> bool:
    """Take the lock until the end of the transaction, if it is free."""
    # Whoever waits in PostgreSQL has a snapshot, for whose end a concurrent build of an index waits in turn.
    if (await guard.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK_KEY})).scalar():
        await guard.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        return True
    await guard.rollback()
    return False


async def _release_snapshot(guard: AsyncConnection) -> None:
    """Let an open transaction hold no snapshot. The portal of its last statement does, until another one takes its
    place; that of a statement in the simple protocol is gone at once."""
    driver = (await guard.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.execute("SELECT")


async def _with_tries(connection: AsyncConnection, own: list[int], migrate: Callable[[Connection], None]) -> None:
    for number in range(1, TRIES + 1):
        await connection.rollback()
        try:
            await connection.run_sync(migrate)
        except DBAPIError as error:
            await connection.rollback()
            if number == TRIES or getattr(error.orig, "sqlstate", None) not in NO_LOCK:
                raise
            pause = random.uniform(0.5, 1) * min(LONGEST_PAUSE, 1.5**number)  # noqa: S311
            log.warning(
                "A migration got no lock, and is tried again in %.0f s (try %d of %d)%s",
                pause,
                number,
                TRIES,
                await _oldest_transaction(connection, own),
            )
            await asyncio.sleep(pause)
        else:
            return


async def _oldest_transaction(connection: AsyncConnection, own: list[int]) -> str:
    """What an operator is told of the transaction that is most likely in the way."""
    row = (await connection.execute(text(_OLDEST), {"own": own})).one_or_none()
    return "" if row is None else f": process {row.pid} of PostgreSQL ({row.application_name}) is {row.seconds} s old"


def _run(step: Callable[..., None], connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    config.attributes["distributed"] = is_distributed(connection)
    connection.rollback()
    event.listen(connection, "begin", _limit_waiting)
    try:
        step(config, revision)
    finally:
        event.remove(connection, "begin", _limit_waiting)


def _limit_waiting(connection: Connection) -> None:
    # What runs outside of transactions, such as building an index concurrently, stops nobody while it waits.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(LOCK_SECONDS * 1000)}")
