"""The errors of database calls: any of them, and those that mean that the database is unavailable."""

import asyncio

import asyncpg
import sqlalchemy.exc
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError


class UnsuitableConnection(Exception):
    """A database connection on which Portico can't rely, such as one that doesn't stay read-only. The message says why
    and what to do."""


DATABASE_ERRORS = (
    sqlalchemy.exc.SQLAlchemyError,
    PostgresError,
    InterfaceError,
    InternalClientError,
    OSError,
    UnsuitableConnection,
)
"""The errors that a database call raises. Background loops catch them and try again later."""

_UNAVAILABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    # asyncpg raises this if the server closes a connection just as it is used.
    InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    sqlalchemy.exc.TimeoutError,
    UnsuitableConnection,
)

_UNPLANNED = "plan should not reference subplan's variable"


def is_unavailable(error: BaseException) -> bool:
    """Whether `error`, without its causes, means that the database could not be reached or went away."""
    lost = isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated
    closed = isinstance(error, InterfaceError) and "clos" in str(error)
    return lost or closed or isinstance(error, _UNAVAILABLE)


def is_unsupported(error: BaseException) -> bool:
    """Whether `error`, without its causes, means that the database refused to plan a statement: a distributed one
    (Citus) can't join all rows with each other."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        # A plan of before a migration.
        return False
    # PostgreSQL's planner says so of some parts into which Citus cuts a statement, without a code of its own.
    unplanned = isinstance(error, asyncpg.InternalServerError) and str(error).startswith(_UNPLANNED)
    return unplanned or isinstance(error, asyncpg.FeatureNotSupportedError)


def is_statement_timeout(error: BaseException) -> bool:
    """Whether `error`, without its causes, means that the database cancelled a statement that took too long."""
    return isinstance(error, asyncpg.QueryCanceledError)
