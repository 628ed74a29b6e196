"""Runs the body of a migration on a database, and a table for it to change."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

TABLE = "CREATE TABLE things (id int PRIMARY KEY, name text, size int DEFAULT 1 NOT NULL, owner int)"


@contextmanager
def migration(connection: Connection) -> Iterator[MigrationContext]:
    """A block that runs like a migration."""
    context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
    with Operations.context(context), context.begin_transaction(_per_migration=True):
        yield context
