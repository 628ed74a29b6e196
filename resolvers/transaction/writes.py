"""Changes that share one statement, and so one round trip."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, column, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.sql.dml import Delete, Update

from resolvers.lru_cache import LRUCache
from resolvers.prepared_statement import PreparedStatement

OUTBOX_CHANNEL = "portico_outbox"
ENTRIES, CHARACTERS = 500, 4_000_000

_statements: Final[LRUCache[tuple[str, ...], PreparedStatement]] = LRUCache(ENTRIES, CHARACTERS)
_NEW_ROWS: Final = table("new_rows", column("id", Uuid()))


@dataclass(frozen=True, slots=True)
class Write:
    """A change of rows that no other write of the same statement reads or changes. Foreign keys and triggers see the
    rows of all writes, because PostgreSQL checks and fires them after the statement.

    `build` returns the statement, always the same one for a `name`. It gets the start of the names of its parameters,
    and `parameters` are their values by the rest of the name. A write that `wakes_workers` notifies the mail workers
    when its transaction commits.
    """

    name: str
    build: Callable[[str], Insert | Update | Delete]
    parameters: Mapping[str, Any]
    wakes_workers: bool = False

    @property
    def prefix(self) -> str:
        """The start of the names of the parameters."""
        return f"{self.name}_"


def of_new_rows(key: str) -> dict[str, Select[UUID]]:
    """For `insert_rows`: in an INSERT whose statement adds rows, only those that belong to them by the column `key`."""
    return {key: select(_NEW_ROWS.c.id)}


def one_statement(writes: Sequence[Write], new_rows: Write | None = None) -> tuple[PreparedStatement, dict[str, Any]]:
    """Returns the statement that performs all writes, and its parameters.

    `new_rows` inserts rows, perhaps fewer than asked for, and returns (RETURNING) their `id` and other columns. The
    statement returns these, and the other writes can refer to them (`of_new_rows`).
    """
    all_writes = writes if new_rows is None else (new_rows, *writes)
    names = tuple(write.name for write in all_writes)
    statement = _statements.get(names)
    if statement is None:
        statement = PreparedStatement(_build(writes, new_rows))
        _statements.put(names, statement, len(statement.sql))
    parameters = {write.prefix + name: value for write in all_writes for name, value in write.parameters.items()}
    return statement, parameters


def _build(writes: Sequence[Write], new_rows: Write | None) -> Select[*tuple[Any, ...]]:
    wakes = any(write.wakes_workers for write in writes)
    last = func.pg_notify(OUTBOX_CHANNEL, "") if wakes else literal_column("1")
    others = [write.build(write.prefix).cte(f"{write.name}_write") for write in writes]
    if new_rows is None:
        return select(last).add_cte(*others)
    added = new_rows.build(new_rows.prefix).cte(_NEW_ROWS.name)
    # First, because a CTE can only refer to those before it.
    return select(*added.c, last).add_cte(added, *others)
