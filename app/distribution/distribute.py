"""Distributes a database, in one transaction."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import migrations
from app.distribution.catalog import read_catalog
from app.distribution.steps import Ddl, missing_references, steps

OLDEST_CITUS: Final = (13, 0)

_HAS_CITUS: Final = text("SELECT to_regproc('citus_version') IS NOT NULL")

_LOCK: Final = text("SELECT pg_advisory_xact_lock(:key)")

_VERSION: Final = text(r"SELECT substring(citus_version() FROM '\d+\.\d+')")

_NODES: Final = text("SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards")

_FUNCTIONS: Final = text("""
SELECT p.oid::regprocedure::text
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_dist_object o
                  WHERE o.classid = 'pg_proc'::regclass AND o.objid = p.oid)
ORDER BY p.oid
""")
"""Our own functions that aren't on the workers yet. Citus copies those of triggers, but not those that they call."""

_SETTINGS: Final = (
    "SET LOCAL lock_timeout = '30s'",
    # Foreign keys and rows that exist: one connection to each worker, so that each statement sees those before it.
    "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
    # Our triggers read and write rows of the same tenant only, which are on the same worker.
    "SET LOCAL citus.enable_unsafe_triggers = on",
)


class CannotDistribute(Exception):
    """The server can't distribute. The message says what is missing."""


async def pending_steps(connection: AsyncConnection) -> Sequence[Ddl]:
    """The statements that `distribute` would run.

    Raises CannotDistribute if the server isn't a coordinator of Citus, NotDistributable if a key can't be distributed.
    """
    if not await connection.scalar(_HAS_CITUS):
        raise CannotDistribute("The database has no Citus: run CREATE EXTENSION citus on the coordinator first.")
    version = await connection.scalar(_VERSION)
    if tuple(int(part) for part in version.split(".")) < OLDEST_CITUS:
        raise CannotDistribute(f"Citus is {version}; it must be {'.'.join(map(str, OLDEST_CITUS))} or later.")
    if not await connection.scalar(_NODES):
        raise CannotDistribute("No node may hold rows: add workers with citus_add_node first.")
    catalog = await read_catalog(connection)
    tables = [*steps(catalog), *missing_references(catalog)]
    functions = [
        Ddl(f"SELECT create_distributed_function('{signature}')", f"Copy the function {signature} to the workers")
        for signature in await connection.scalars(_FUNCTIONS)
    ]
    return [*functions, *tables] if tables else ()


async def distribute(engine: AsyncEngine, on_step: Callable[[int, Ddl], None]) -> Sequence[Ddl]:
    """Distributes the database, all of it or nothing. Returns the statements that it ran.

    `on_step` is called before each statement, with the number of all. Nothing else should use the database: each table
    is locked until the end.
    """
    async with engine.begin() as connection:
        for setting in _SETTINGS:
            await connection.execute(text(setting))
        # Neither another one nor a migration runs meanwhile.
        await connection.execute(_LOCK, {"key": migrations.LOCK_KEY})
        pending = await pending_steps(connection)
        for step in pending:
            on_step(len(pending), step)
            await connection.exec_driver_sql(step.sql)
    return pending


async def distribute_new_tables(engine: AsyncEngine) -> Sequence[Ddl]:
    """Does the same after migrations, while servers use the database: new tables are empty, and nobody uses them yet.
    Nothing in a database that isn't distributed."""
    async with engine.connect() as connection:
        if not await connection.run_sync(migrations.is_distributed):
            return ()
    return await distribute(engine, lambda _total, _step: None)
