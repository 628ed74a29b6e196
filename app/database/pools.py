"""The kinds of database connections: SQLAlchemy engines for writing and analyzing, and a bare asyncpg pool for reading.

All connect on demand, so that a server can start and recover without a database.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.sessions import Sessions

SILENT_SECONDS = 5  # how long a read waits beyond its timeout for a database that no longer responds
WAIT_SECONDS = 10  # how long a request waits for a connection to become free, or to be made
QUERIES_PER_CONNECTION = 50_000
UNUSED_SECONDS = 300.0  # after this, a connection for reads is closed
CACHED_STATEMENTS = 200  # for each connection of the read path; a large plan takes some 330 KB of it in PostgreSQL
MAX_CACHED_STATEMENT_SIZE = 50_000
"""Characters of SQL. The plan of a larger statement can take 20 MB: too much to cache."""

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")


def normalize_url(url: str) -> str:
    """Returns `url` in the form that asyncpg accepts: `postgresql://…`.

    `postgres://` and `postgresql+asyncpg://` are accepted too; a socket's folder goes into the query (`?host=/folder`).
    Raises ValueError for any other scheme, without repeating the URL and its password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError("a database URL begins with postgresql://")
    return f"postgresql://{rest}"


def create_write_engine(
    url: str, *, max_connections: int = 10, statement_timeout: float = 30, name: str = "portico writing"
) -> AsyncEngine:
    """Returns an engine for mutations, the mail worker and migrations.

    A statement that takes longer than `statement_timeout` (seconds) is cancelled. A transaction that is idle for a
    minute ends. `name` is the name of the connections in `pg_stat_activity`.
    """
    settings = {
        "application_name": name,
        "statement_timeout": _milliseconds(statement_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(60),
        # A pooler that doesn't reset sessions could hand out one that was used for reading.
        "default_transaction_read_only": None,
    }
    return _create_engine(
        url, settings, pool_size=max_connections, max_overflow=0, pool_timeout=WAIT_SECONDS, pool_pre_ping=True
    )


def create_inspection_engine(url: str) -> AsyncEngine:
    """Returns the engine for commands that analyze the access of all users: one read-only connection.

    A transaction reads one snapshot. No statement times out: the command itself can be interrupted.
    """
    settings = {
        "application_name": "portico inspecting",
        "default_transaction_read_only": "on",
        # JIT compilation of such statements takes longer than running them.
        "jit": "off",
    }
    return _create_engine(url, settings, isolation_level="REPEATABLE READ", pool_size=1, max_overflow=0)


def _create_engine(url: str, settings: Mapping[str, str | None], **options: Any) -> AsyncEngine:
    # The driver parses the URL: SQLAlchemy would pass it parameters such as sslmode under unknown names.
    sessions = Sessions(normalize_url(url), settings)
    # Parameters of statements are hidden because errors, and so the log, would contain passwords and personal data.
    return create_async_engine("postgresql+asyncpg://", async_creator=sessions.open, hide_parameters=True, **options)


def create_read_pool(url: str, *, max_connections: int = 16, statement_timeout: float = 10) -> asyncpg.Pool:
    """Returns the pool for reads; its connections can't write.

    Enter it (`async with`) before use. A statement that takes longer than `statement_timeout` (seconds) is cancelled by
    the database, and abandoned here a little later if the database doesn't respond.
    """
    settings = {
        "application_name": "portico reading",
        "default_transaction_read_only": "on",
        "statement_timeout": _milliseconds(statement_timeout),
        # The generic plan is the best one here, and is made once per connection.
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
    }
    sessions = Sessions(
        normalize_url(url),
        settings,
        command_timeout=statement_timeout + SILENT_SECONDS,
        statement_cache_size=CACHED_STATEMENTS,
        max_cacheable_statement_size=MAX_CACHED_STATEMENT_SIZE,
        max_cached_statement_lifetime=0,
    )
    return ReadPool(  # type: ignore[no-untyped-call]
        min_size=0,
        max_size=max_connections,
        max_queries=QUERIES_PER_CONNECTION,
        max_inactive_connection_lifetime=UNUSED_SECONDS,
        connect=sessions.open,
        reset=_skip_reset,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
    )


class ReadPool(asyncpg.Pool):
    """A pool on which a read waits a bounded time for a connection."""

    async def fetchval(self, query: str, *arguments: Any, column: int = 0, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Returns the first value of the result. Raises TimeoutError if no connection becomes free."""
        async with asyncio.timeout(WAIT_SECONDS):
            connection = await self.acquire()  # type: ignore[no-untyped-call]
        try:
            return await connection.fetchval(query, *arguments, column=column, timeout=timeout)
        finally:
            await self.release(connection)  # type: ignore[no-untyped-call]


async def _skip_reset(connection: Any) -> None:
    """Replaces the pool's reset query, a round trip per read: a single SELECT leaves nothing to reset."""


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
