"""Makes a backup: the dump, the counts and the ends of the audit chains come from one snapshot of the database."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import asyncpg

from app.audit.verify import ChainFilter, current_checkpoints
from app.backup.archive import CHUNK, ArchiveWriter, Report
from app.backup.errors import BackupError
from app.backup.key_match import key_matches
from app.backup.manifest import Manifest
from app.backup.programs import Program, environment, find_pg_dump
from app.backup.schema_objects import PERMANENT_TABLES, quoted, require_migrated
from app.backup.secret_key import fingerprint, new_salt
from app.database.sessions import Sessions

LOCK_WAIT = "10s"
"""How long `pg_dump` waits for a migration that has locked a table."""

END_SECONDS = 10
"""How long the end of a program that was killed may take."""

MOST_MESSAGE = 2000  # characters of a program's error message that are shown

SESSION = {
    "application_name": "portico backup",
    "default_transaction_read_only": "on",
    # The snapshot lives as long as the transaction, which is idle while pg_dump works.
    "idle_in_transaction_session_timeout": "0",
    "statement_timeout": "0",
}


async def write_backup(
    url: str, file: IO[bytes], secret_key: bytes, passphrase: str | None, *, programs: Path | None, report: Report
) -> Manifest:
    """Write a backup of the database `url` to `file`; with a passphrase, the secret key is in it.

    `programs` is the folder of `pg_dump`, if it isn't to be searched. Reads and writes go on meanwhile. Raises
    BackupError, and the errors of connecting.
    """
    connection = await Sessions(url, SESSION).open()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if passphrase is not None and await key_matches(connection, secret_key) is False:
                raise BackupError(
                    "the secret key isn't the one that this database is used with: set PORTICO_SECRET_KEY (or "
                    "PORTICO_DATA_DIR) as the servers have it, or leave the key out with --without-key"
                )
            with ArchiveWriter(file, report) as writer:
                manifest = await _describe_and_dump(connection, url, writer, secret_key, programs)
                writer.finish(manifest, secret_key, passphrase)
            return manifest
    finally:
        connection.terminate()


async def _describe_and_dump(
    connection: asyncpg.Connection, url: str, writer: ArchiveWriter, secret_key: bytes, programs: Path | None
) -> Manifest:
    """Write the dump, and return the manifest of the same snapshot."""
    revision = await require_migrated(connection)
    server = connection.get_server_version().major
    pg_dump = find_pg_dump(server, encrypted=await _is_encrypted(connection), folder=programs)
    schema = await connection.fetchval("SELECT current_schema()")
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    created_at, salt = datetime.now(UTC), new_salt()
    await _dump(pg_dump, url, schema, snapshot, writer)
    heads = await current_checkpoints(connection, ChainFilter())
    return Manifest(
        created_at=created_at,
        portico=version("portico"),
        revision=revision,
        postgresql=server,
        dumped_by=pg_dump.major,
        schema=schema,
        rows=await _count_rows(connection),
        audit_heads=tuple(heads.values()),
        dump_bytes=writer.dump_bytes,
        dump_sha256=writer.dump_sha256,
        key_salt=salt,
        key_fingerprint=fingerprint(secret_key, salt),
    )


async def _is_encrypted(connection: asyncpg.Connection) -> bool:
    """Whether the connection uses TLS. Then the dump must not travel without."""
    return bool(await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))


async def _count_rows(connection: asyncpg.Connection) -> dict[str, int]:
    names = [row["name"] for row in await connection.fetch(PERMANENT_TABLES)]
    return {name: await connection.fetchval(f"SELECT count(*) FROM {quoted(name)}") for name in names}  # noqa: S608


async def _dump(program: Program, url: str, schema: str, snapshot: str, writer: ArchiveWriter) -> None:
    arguments = [
        "--format=custom",
        "--no-password",
        f"--schema={quoted(schema)}",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_WAIT}",
        "--no-unlogged-table-data",
    ]
    with tempfile.TemporaryFile() as messages:
        async with running(program, arguments, environment(url), messages) as process:
            assert process.stdout is not None
            while content := await process.stdout.read(CHUNK):
                writer.add(content)
            if await process.wait() != 0:
                raise BackupError(f"pg_dump failed: {message_in(messages)}")


@asynccontextmanager
async def running(
    program: Program, arguments: list[str], variables: dict[str, str], messages: IO[bytes], stdin: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program, its output a pipe and its messages in a file; it is killed if it outlives the block."""
    process = await asyncio.create_subprocess_exec(
        str(program.path),
        *arguments,
        env=variables,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=messages,
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    assert process.stdout is not None
    # The pipe is closed only when its rest has been read.
    with suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            while await process.stdout.read(CHUNK):
                pass
            await process.wait()


def message_in(messages: IO[bytes]) -> str:
    """The end of what a program wrote to its standard error."""
    messages.seek(0)
    return messages.read().decode(errors="replace").strip()[-MOST_MESSAGE:] or "it gave no reason"
