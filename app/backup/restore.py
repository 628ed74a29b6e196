"""Restores a backup into a database, in one transaction: it succeeds as a whole, or the database stays as it is."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg

import migrations
from app.backup.archive import CHUNK, Archive, Report
from app.backup.dump import message_in, running
from app.backup.errors import BackupError
from app.backup.programs import environment, find_pg_restore
from app.backup.schema_objects import OTHER_OBJECTS, REVISIONS, drop_everything, quoted, revision_of, table_names
from app.backup.script import Script
from app.database.sessions import Sessions
from models import Base

OLDEST_SERVER = 15

SESSION = {
    "application_name": "portico restore",
    # A pooler that doesn't reset sessions could hand out one that was used for reading.
    "default_transaction_read_only": None,
    "idle_in_transaction_session_timeout": "0",
    "statement_timeout": "0",
    # How long the removal of the former tables waits for somebody who still uses them.
    "lock_timeout": "10000",
}

IN_USE = """
SELECT count(*) FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'portico %'
"""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was in the database before: the migration, None if it was empty."""

    revision: str | None


async def restore(url: str, archive: Archive, *, replace: bool, programs: Path | None, report: Report) -> Replaced:
    """Restore `archive` into the database `url`, at the migration that it was made at.

    With `replace`, the tables of a Portico are dropped first; else the database must have none. Raises BackupError,
    PostgreSQL's errors and those of connecting; then nothing has changed.
    """
    check_revision(archive)
    pg_restore = find_pg_restore(archive.manifest.dumped_by, programs)
    connection = await Sessions(url, SESSION).open()
    try:
        async with connection.transaction():
            # A server that starts meanwhile waits before it migrates.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", migrations.LOCK_KEY)
            before = await _check_target(connection, archive, replace=replace)
            if before.revision is not None:
                await drop_everything(connection)
            with tempfile.TemporaryFile() as messages:
                arguments = ["--file=-", "--no-owner", "--no-privileges", "--no-comments"]
                async with running(pg_restore, arguments, environment(), messages, asyncio.subprocess.PIPE) as process:
                    await _run(connection, archive, process, messages, report)
            await _check_rows(connection, archive)
        # Statistics for the planner are not in a dump.
        await connection.execute("ANALYZE")
    finally:
        connection.terminate()
    return before


def check_revision(archive: Archive) -> None:
    """Raise BackupError if the backup is of a newer Portico."""
    if not migrations.is_known(archive.manifest.revision):
        raise BackupError(
            f"the backup is of a newer Portico: it has the migration {archive.manifest.revision[:40]}, and this one "
            f"knows those up to {migrations.head()}. Install that version ({archive.manifest.portico[:40]}) first"
        )


async def _check_target(connection: asyncpg.Connection, archive: Archive, *, replace: bool) -> Replaced:
    if connection.get_server_version().major < OLDEST_SERVER:
        raise BackupError(f"the database must be PostgreSQL {OLDEST_SERVER} or later")
    schema = await connection.fetchval("SELECT current_schema()")
    if schema != archive.manifest.schema:
        raise BackupError(
            f"the backup's tables are in the schema {archive.manifest.schema[:63]}, and this connection uses {schema}: "
            "add ?search_path=… to DATABASE_URL"
        )
    tables, revision = await table_names(connection), await revision_of(connection)
    if not tables:
        if others := await connection.fetch(OTHER_OBJECTS):
            raise BackupError(f"the database isn't empty: it has no tables, but {others[0]['name']}")
        return Replaced(None)
    if revision is None or not migrations.is_known(revision) or tables - {*Base.metadata.tables, REVISIONS}:
        foreign = ", ".join(sorted(tables - {*Base.metadata.tables, REVISIONS})[:5])
        reason = f"tables that this Portico doesn't know: {foreign}" if foreign else "tables without a migration"
        raise BackupError(f"the database has {reason}. Restore into an empty database")
    if not replace:
        raise BackupError(
            f"the database isn't empty (migration {revision}): to drop what is in it and restore the backup instead, "
            "use --replace"
        )
    if in_use := await connection.fetchval(IN_USE):
        raise BackupError(
            f"the database is in use by {in_use} connections: stop all servers, workers and commands first"
        )
    return Replaced(revision)


async def _run(
    connection: asyncpg.Connection,
    archive: Archive,
    process: asyncio.subprocess.Process,
    messages: IO[bytes],
    report: Report,
) -> None:
    feeding = asyncio.create_task(_feed(archive, process, report))
    try:
        await Script(connection, _output(process, messages)).run()
        await feeding
    finally:
        feeding.cancel()
        with contextlib.suppress(asyncio.CancelledError, BackupError):
            await feeding


async def _feed(archive: Archive, process: asyncio.subprocess.Process, report: Report) -> None:
    """Write the dump to the program. If it ends early, its exit code says so."""
    assert process.stdin is not None
    try:
        for chunk in archive.dump(report):
            process.stdin.write(chunk)
            await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        process.stdin.close()


async def _output(process: asyncio.subprocess.Process, messages: IO[bytes]) -> AsyncIterator[bytes]:
    assert process.stdout is not None
    while content := await process.stdout.read(CHUNK):
        yield content
    if await process.wait() != 0:
        raise BackupError(f"pg_restore failed: {message_in(messages)}")


async def _check_rows(connection: asyncpg.Connection, archive: Archive) -> None:
    """Raise BackupError unless each table has as many rows as it had."""
    for table, expected in archive.manifest.rows.items():
        name = f"{quoted(archive.manifest.schema)}.{quoted(table)}"
        found = await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608
        if found != expected:
            raise BackupError(f"the table {table[:63]} has {found} rows after the restore, and had {expected}")
