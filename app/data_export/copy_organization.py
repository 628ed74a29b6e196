"""Copies an organization into another database, with its audit trail: the first half of moving it there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql

import migrations
from app.backup.schema_objects import quoted, revision_of
from app.database.sessions import Sessions
from resolvers.data_protection.ownership import of_organization, organization_tables

Report = Callable[[str, int], None]
"""Called with the name of a table, and the number of its rows that were copied."""

NOT_COPIED: Final[Mapping[str, str]] = {
    "cost_buckets": "begin full in the other database",
    "identity_providers": "must be set again: the secret key of the first database's servers encrypts their secrets",
    "idempotency_keys": "are of requests that were sent to the first database",
    "one_time_tokens": "depend on the secret key of the first database's servers",
    "outbox_mails": "are sent by the first database's servers",
    "passkey_challenges": "are of sign-ins at the first database's servers",
    "passkeys": "are for the address of the first database's servers",
    "policy_differences": "belong to a shadow policy of the first database",
    "recovery_codes": "depend on the secret key of the first database's servers",
    "sign_in_tickets": "are of sign-ins at the first database's servers",
    "totp_factors": "are encrypted with the secret key of the first database's servers",
    "sessions": "end: the other database has an address and a secret key of its own",
    "used_assertions": "are of sign-ins that have ended",
    "views_as": "end with their sessions",
    "webhook_deliveries": "are sent by the first database's servers",
    "webhooks": "have secrets that are encrypted with the secret key of the first database's servers",
}
"""The tables of organizations that a copy leaves out, and why: their rows ..."""

CHUNKS: Final = 16
"""How many chunks of rows (some 500 kB) wait at most for the other database."""

_SOURCE: Final = {
    "application_name": "portico copying",
    "default_transaction_read_only": "on",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_TARGET: Final = {
    **_SOURCE,
    "default_transaction_read_only": None,
    "lock_timeout": "10000",
    # Only a distributed database reads these: it lets triggers be switched off, and each worker has one connection.
    "citus.enable_unsafe_triggers": "on",
    "citus.multi_shard_modify_mode": "sequential",
}


class CannotCopy(Exception):
    """The organization can't be copied there. The message says why, and that nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Copied:
    table: Table
    columns: list[str]

    @classmethod
    def of(cls, table: Table) -> "_Copied":
        return cls(table, [column.name for column in table.c if column.computed is None])

    def rows_of(self, organization_id: UUID) -> str:
        """The SELECT of its rows."""
        statement = select(*(self.table.c[name] for name in self.columns)).where(
            of_organization(self.table, organization_id)
        )
        compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        return str(compiled)


async def copy_organization(
    source: str,
    target: str,
    organization_id: UUID,
    report: Report,
    before_commit: Callable[[int], Awaitable[None]],
) -> dict[str, int]:
    """Copy the rows of the organization from the database `source` to `target`, and return their numbers by table.

    `before_commit` is called with the number of all rows when they are in the other database, but not visible yet.
    All rows are of one snapshot, and are written in one transaction, in which nobody else writes there. Raises
    CannotCopy if the databases are at different migrations, or `target` has one of the rows or emails already; and the
    errors of PostgreSQL and of connecting. Then nothing has changed.
    """
    reading = await Sessions(source, _SOURCE).open()
    try:
        writing = await Sessions(target, _TARGET).open()
        try:
            async with reading.transaction(isolation="repeatable_read"), writing.transaction():
                await _check_migrations(reading, writing)
                if await writing.fetchval("SELECT true FROM organizations WHERE id = $1", organization_id) is not None:
                    raise CannotCopy("the other database has the organization already. Nothing was changed.")
                counts = await _copy(reading, writing, organization_id, report)
                await before_commit(sum(counts.values()))
        except asyncpg.UniqueViolationError as error:
            # Attributes of the server's message, which asyncpg doesn't declare.
            table, detail = vars(error)["table_name"], vars(error)["detail"]
            raise CannotCopy(
                f"the other database has a row of {table} that the organization brings ({detail}) Nothing was changed."
            ) from error
        else:
            return counts
        finally:
            writing.terminate()
    finally:
        reading.terminate()


async def _check_migrations(reading: asyncpg.Connection, writing: asyncpg.Connection) -> None:
    here, there = await revision_of(reading), await revision_of(writing)
    if not here == there == migrations.head():
        raise CannotCopy(
            f"both databases must be at the migration {migrations.head()}: this one is at {here}, the other one at "
            f"{there}. Run `portico migrate` on each."
        )


async def _copy(
    reading: asyncpg.Connection, writing: asyncpg.Connection, organization_id: UUID, report: Report
) -> dict[str, int]:
    tables = [_Copied.of(table) for table in reversed(organization_tables()) if table.name not in NOT_COPIED]
    # Triggers would number, date and link the rows anew.
    for copied in tables:
        await writing.execute(f"ALTER TABLE {quoted(copied.table.name)} DISABLE TRIGGER USER")
    counts = {}
    for copied in tables:
        count = await _copy_rows(reading, writing, copied, organization_id)
        report(copied.table.name, count)
        if count:
            counts[copied.table.name] = count
    for copied in tables:
        await writing.execute(f"ALTER TABLE {quoted(copied.table.name)} ENABLE TRIGGER USER")
    return counts


async def _copy_rows(
    reading: asyncpg.Connection, writing: asyncpg.Connection, copied: _Copied, organization_id: UUID
) -> int:
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS)
    rows = copied.rows_of(organization_id)

    async def read() -> str:
        try:
            status: str = await reading.copy_from_query(rows, output=chunks.put, format="binary")
            return status
        finally:
            await chunks.put(None)

    async def received() -> AsyncIterator[bytes]:
        while (chunk := await chunks.get()) is not None:
            yield chunk
        await reader  # If it failed, its error is the one to report.

    reader = asyncio.create_task(read())
    try:
        await writing.copy_to_table(copied.table.name, source=received(), columns=copied.columns, format="binary")
        return int((await reader).rpartition(" ")[2])
    finally:
        reader.cancel()


def copied_tables() -> list[str]:
    """The names of the tables that `copy_organization` copies."""
    return [table.name for table in organization_tables() if table.name not in NOT_COPIED]
