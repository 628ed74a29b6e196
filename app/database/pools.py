"""The two kinds of database connections: an SQLAlchemy engine for writing, and a bare asyncpg pool for reading.

Both connect on demand, so that a server can start and recover without a database.
"""

from functools import partial
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10
SILENT_SECONDS = 5  # how long a read waits beyond its timeout for a database that no longer responds
WAIT_SECONDS = 10
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


def create_write_engine(url: str, *, max_connections: int = 10, statement_timeout: float = 30) -> AsyncEngine:
    """Returns the engine for mutations, the mail worker and migrations.

    A statement that takes longer than `statement_timeout` (seconds) is cancelled. A transaction that is idle for a
    minute ends.
    """
    settings = {
        "application_name": "portico writing",
        "statement_timeout": _milliseconds(statement_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(60),
    }
    # The driver parses the URL: SQLAlchemy would pass it parameters such as sslmode under unknown names.
    connect = partial(asyncpg.connect, normalize_url(url), server_settings=settings, timeout=CONNECT_SECONDS)
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=max_connections,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
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
    connect = partial(asyncpg.connect, normalize_url(url), server_settings=settings, timeout=CONNECT_SECONDS)
    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, isolation_level="REPEATABLE READ", pool_size=1, max_overflow=0
    )


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
    pool: asyncpg.Pool = asyncpg.create_pool(
        normalize_url(url),
        min_size=0,
        max_size=max_connections,
        server_settings=settings,
        timeout=CONNECT_SECONDS,
        command_timeout=statement_timeout + SILENT_SECONDS,
        reset=_skip_reset,
        statement_cache_size=CACHED_STATEMENTS,
        max_cacheable_statement_size=MAX_CACHED_STATEMENT_SIZE,
        max_cached_statement_lifetime=0,
    )
    return pool


async def _skip_reset(connection: Any) -> None:
    """Replaces the pool's reset query, a round trip per read: a single SELECT leaves nothing to reset."""


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
