"""The kinds of database connections: SQLAlchemy engines for writing and analyzing, and a pool for reading.

All connect on demand, so that a server can start and recover without a database.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database.idle_connections import check_idle_connections
from app.database.read_pool import ReadPool
from app.database.sessions import Sessions
from resolvers.fair_queue import FairQueue

SILENT_SECONDS = 5  # how long a statement waits beyond its timeout for a database that no longer responds
WAIT_SECONDS = 10  # how long a request waits for a connection to become free, or to be made

BACKGROUND_CONNECTIONS = (
    4  # of the write engine, or direct: two mails at a time, a listener each for mails and policies
)
WAITING_PER_PLACE = 128  # how many changes and access queries may wait, for each that runs: an operation can have 200

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")

_ADDRESS: Final = re.compile(r"(\[[^]]*\]|[^:]*)(:[0-9]*)?")
"""A host and its port, or nothing."""


def normalize_url(url: str) -> str:
    """Returns `url` in the form that asyncpg accepts: `postgresql://…`.

    `postgres://` and `postgresql+asyncpg://` are accepted too; a socket's folder goes into the query (`?host=/folder`).
    Raises ValueError for any other scheme, and for a URL whose host would be a part of its password, without repeating
    the URL and its password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        raise ValueError("a database URL begins with postgresql://")
    parts = urlsplit(f"postgresql://{rest}")
    _, at, addresses = parts.netloc.rpartition("@")
    misplaced_at = "@" in parts.path and not at
    if "#" in rest or misplaced_at or not all(_ADDRESS.fullmatch(address) for address in addresses.split(",")):
        raise ValueError(
            "a database URL has hosts with ports that are numbers; in its user and password, "
            "/ is written as %2F, ? as %3F, # as %23, @ as %40 and % as %25"
        )
    return f"postgresql://{rest}"


def create_write_engine(
    url: str,
    *,
    max_connections: int = 10,
    statement_timeout: float = 30,
    name: str = "portico writing",
    shares_sessions: bool = False,
) -> AsyncEngine:
    """Returns an engine for the sessions of `write_sessions`, of which there are at most `max_connections`."""
    sessions = write_sessions(url, statement_timeout=statement_timeout, name=name, shares_sessions=shares_sessions)
    return write_engine_of(sessions, max_connections)


def write_sessions(
    url: str,
    *,
    statement_timeout: float = 30,
    name: str = "portico writing",
    shares_sessions: bool = False,
    is_away: Callable[[], bool] = lambda: False,
) -> Sessions:
    """Returns a `Sessions` that opens sessions for mutations, the mail worker and migrations.

    A statement that takes longer than `statement_timeout` (seconds, 0 for no limit) is cancelled by the database, and
    abandoned here a little later if the database doesn't respond. A transaction that is idle for a minute ends. `name`
    is the name of the connections in `pg_stat_activity`. `shares_sessions` and `is_away` are as for `Sessions`.
    """
    settings = {
        "application_name": name,
        "statement_timeout": _milliseconds(statement_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(60),
        # A pooler that doesn't reset sessions could hand out one that was used for reading.
        "default_transaction_read_only": None,
    }
    return Sessions(
        normalize_url(url),
        settings,
        shares_sessions=shares_sessions,
        is_away=is_away,
        command_timeout=_limit(statement_timeout),
    )


def write_engine_of(sessions: Sessions, max_connections: int) -> AsyncEngine:
    """Returns an engine for these sessions."""
    engine = _create_engine(sessions, pool_size=max_connections, max_overflow=0, pool_timeout=WAIT_SECONDS)
    check_idle_connections(engine, is_away=sessions.is_away)
    return engine


def write_places(max_connections: int) -> FairQueue:
    """Returns the queue in front of an engine with so many connections, for those who change data on behalf of callers.
    The mail worker and the listeners need connections, too."""
    places = max(max_connections - BACKGROUND_CONNECTIONS, max_connections // 2, 1)
    return FairQueue("a connection for writing", places, places * WAITING_PER_PLACE, WAIT_SECONDS)


def create_inspection_engine(url: str, *, statement_timeout: float = 0) -> AsyncEngine:
    """Returns the engine for commands that analyze the access of all users: one read-only connection.

    A transaction reads one snapshot. By default, no statement times out: a command can be interrupted.
    """
    settings = {
        "application_name": "portico inspecting",
        "default_transaction_read_only": "on",
        "statement_timeout": _milliseconds(statement_timeout),
        # JIT compilation of such statements takes longer than running them.
        "jit": "off",
    }
    sessions = Sessions(normalize_url(url), settings, command_timeout=_limit(statement_timeout))
    return _create_engine(sessions, isolation_level="REPEATABLE READ", pool_size=1, max_overflow=0)


def _create_engine(sessions: Sessions, **options: Any) -> AsyncEngine:
    # The driver parses the URL: SQLAlchemy would pass it parameters such as sslmode under unknown names.
    # Parameters of statements are hidden because errors, and so the log, would contain passwords and personal data.
    return create_async_engine("postgresql+asyncpg://", async_creator=sessions.open, hide_parameters=True, **options)


def create_read_pool(
    url: str,
    *,
    max_connections: int = 16,
    statement_timeout: float = 10,
    shares_sessions: bool = False,
    generic_plans: bool = True,
) -> ReadPool:
    """Returns the pool for reads; its connections can't write.

    A statement that takes longer than `statement_timeout` (seconds) is cancelled by the database, and abandoned here a
    little later if the database doesn't respond. `shares_sessions` is as for `Sessions`, `generic_plans` as for
    `ReadPool`.
    """
    sessions = read_sessions(url, statement_timeout, shares_sessions=shares_sessions)
    return read_pool_of(sessions, max_connections, statement_timeout, generic_plans=generic_plans)


def read_pool_of(
    sessions: Sessions, max_connections: int, statement_timeout: float, *, generic_plans: bool = True
) -> ReadPool:
    """Returns the pool of at most `max_connections` of these sessions."""
    return ReadPool(sessions.open, max_connections, WAIT_SECONDS, statement_timeout, generic_plans=generic_plans)


def read_sessions(
    url: str,
    statement_timeout: float,
    *,
    shares_sessions: bool = False,
    is_away: Callable[[], bool] = lambda: False,
) -> Sessions:
    """Returns the `Sessions` of a pool for reads; `shares_sessions` and `is_away` are as for `Sessions`."""
    settings = {
        "application_name": "portico reading",
        "default_transaction_read_only": "on",
        "statement_timeout": _milliseconds(statement_timeout),
        # The generic plan is the best one here, and is made once per connection.
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
    }
    return Sessions(
        normalize_url(url),
        settings,
        shares_sessions=shares_sessions,
        is_away=is_away,
        command_timeout=_limit(statement_timeout),
    )


def create_read_only_engine(url: str, *, max_connections: int, statement_timeout: float) -> AsyncEngine:
    """Returns an engine for short reads on a replica."""
    settings = {
        "application_name": "portico reserved",
        "default_transaction_read_only": "on",
        "statement_timeout": _milliseconds(statement_timeout),
    }
    sessions = Sessions(normalize_url(url), settings, command_timeout=_limit(statement_timeout))
    return write_engine_of(sessions, max_connections)


def _limit(statement_timeout: float) -> float | None:
    """How long the driver waits for a statement. Where sessions are shared, a statement without a transaction of
    several has no settings, so nothing else ends it."""
    return statement_timeout + SILENT_SECONDS if statement_timeout else None


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
