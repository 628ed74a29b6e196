"""The two ways to the database: an engine for writing, through SQLAlchemy, and a bare pool for reading.

Both open connections when they are needed and not before, so that a server starts, and recovers, without a database.
"""

from functools import partial
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_SECONDS = 10
SILENT_SECONDS = 5  # that a read waits for a database that keeps the connection open and says nothing
WAIT_SECONDS = 10
CACHED_STATEMENTS = 200  # for each connection of the read path; a large plan takes some 330 KB of it in PostgreSQL
LARGEST_CACHED_STATEMENT = 50_000
"""Characters of SQL. Larger ones are asked for, too, whose plans take up to 20 MB each: too much to keep."""

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")


def normalized(url: str) -> str:
    """`url` as asyncpg takes it: `postgresql://…`.

    `postgres://` and `postgresql+asyncpg://` mean the same; a socket's folder stands in the query (`?host=/folder`).
    Raises ValueError, without repeating the URL and the password in it, for anything else.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError("a database URL begins with postgresql://")
    return f"postgresql://{rest}"


def writing_engine(url: str, *, size: int = 10, statement_seconds: float = 30) -> AsyncEngine:
    """The engine of mutations, of the mail worker and of migrations; at most `size` connections.

    A statement that takes longer than `statement_seconds` is cancelled; so is a transaction that idles for a minute.
    """
    settings = {
        "application_name": "portico writing",
        "statement_timeout": _milliseconds(statement_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(60),
    }
    # The driver reads the URL itself: SQLAlchemy would hand it parameters such as sslmode under names it doesn't know.
    connect = partial(asyncpg.connect, normalized(url), server_settings=settings, timeout=CONNECT_SECONDS)
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
    )


def inspecting_engine(url: str) -> AsyncEngine:
    """The engine of commands that ask about everybody's access: one connection that can't write.

    What it reads in one transaction is of one moment. No statement is cancelled: the command itself can be.
    """
    settings = {
        "application_name": "portico inspecting",
        "default_transaction_read_only": "on",
        # Translating such statements to machine code takes longer than running them.
        "jit": "off",
    }
    connect = partial(asyncpg.connect, normalized(url), server_settings=settings, timeout=CONNECT_SECONDS)
    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, isolation_level="REPEATABLE READ", pool_size=1, max_overflow=0
    )


def reading_pool(url: str, *, size: int = 16, statement_seconds: float = 10) -> asyncpg.Pool:
    """The pool of the read path; at most `size` connections, which can't write.

    Enter it (`async with`) before use. A statement that takes longer than `statement_seconds` is cancelled by the
    database, and given up here a little later where the database does not even do that.
    """
    settings = {
        "application_name": "portico reading",
        "default_transaction_read_only": "on",
        "statement_timeout": _milliseconds(statement_seconds),
        # The plan for any values is the good one here, and made once for each connection.
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
    }
    pool: asyncpg.Pool = asyncpg.create_pool(
        normalized(url),
        min_size=0,
        max_size=size,
        server_settings=settings,
        timeout=CONNECT_SECONDS,
        command_timeout=statement_seconds + SILENT_SECONDS,
        reset=_nothing_to_reset,
        statement_cache_size=CACHED_STATEMENTS,
        max_cacheable_statement_size=LARGEST_CACHED_STATEMENT,
        max_cached_statement_lifetime=0,
    )
    return pool


async def _nothing_to_reset(connection: Any) -> None:
    """Instead of the pool's reset query, a round trip for each read: a single SELECT leaves nothing behind."""


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
