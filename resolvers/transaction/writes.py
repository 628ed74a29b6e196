"""Changes that share one statement, and so one round trip."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.sql.dml import Delete, Update

from resolvers.lru_cache import LRUCache
from resolvers.prepared_statement import PreparedStatement

OUTBOX_CHANNEL = "portico_outbox"
ENTRIES, CHARACTERS = 500, 4_000_000

_statements: Final[LRUCache[tuple[str, ...], PreparedStatement]] = LRUCache(ENTRIES, CHARACTERS)


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


def one_statement(writes: Sequence[Write]) -> tuple[PreparedStatement, dict[str, Any]]:
    """Returns the statement that performs all writes, and its parameters."""
    names = tuple(write.name for write in writes)
    statement = _statements.get(names)
    if statement is None:
        wakes = any(write.wakes_workers for write in writes)
        last = func.pg_notify(OUTBOX_CHANNEL, "") if wakes else literal_column("1")
        statement = PreparedStatement(
            select(last).add_cte(*(write.build(write.prefix).cte(f"{write.name}_write") for write in writes))
        )
        _statements.put(names, statement, len(statement.sql))
    parameters = {write.prefix + name: value for write in writes for name, value in write.parameters.items()}
    return statement, parameters
