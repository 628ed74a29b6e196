"""Migrations on a database that `portico distribute` has distributed over several machines by Citus.

Citus refuses foreign keys between a table on the coordinator, which a new one is, and distributed ones. So none is
added: `portico migrate` distributes the new tables after the migrations, and then adds those that the models have. A
unique index must include the column by which the rows are placed.
"""

from collections.abc import Sequence
from typing import Any, Final

from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Connection, Constraint, ForeignKeyConstraint, Table, text
from sqlalchemy.schema import CreateIndex, CreateTable

from models.distribution.places import COPIED, place_of

_HAS_CITUS: Final = text("SELECT to_regclass('pg_dist_partition') IS NOT NULL")

_HAS_DISTRIBUTED: Final = text(
    "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('organizations'))"
)


def is_distributed(connection: Connection) -> bool:
    """Whether the database is distributed."""
    return bool(connection.scalar(_HAS_CITUS)) and bool(connection.scalar(_HAS_DISTRIBUTED))


def with_place(table: str, columns: Sequence[Any]) -> list[Any]:
    """The columns of a unique index of a distributed table, with that by which its rows are placed."""
    place = place_of(table)
    return [*columns] if place in (None, COPIED, *columns) else [place, *columns]


class DistributedImpl(PostgresqlImpl):
    """Alembic's implementation for PostgreSQL, without foreign keys."""

    # Not under the name of the dialect, which is that of ordinary databases.
    __dialect__ = "citus"

    def create_table(self, table: Table, **kw: Any) -> None:
        """Create the table and its indexes."""
        self._exec(CreateTable(table, include_foreign_key_constraints=[], **kw))
        for index in table.indexes:
            self._exec(CreateIndex(index))

    def add_constraint(self, const: Constraint, **kw: Any) -> None:
        """Add a constraint, unless it is a foreign key."""
        if not isinstance(const, ForeignKeyConstraint):
            super().add_constraint(const, **kw)
