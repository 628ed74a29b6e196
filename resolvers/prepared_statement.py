"""Statements that are built and compiled once, and run with different parameters.

Building a statement from columns and conditions and looking its text up in SQLAlchemy's cache takes ten times as long
as running it. So a statement that many mutations run is a constant, or kept per policy and traits:

    @cache
    def _user() -> PreparedStatement:
        return PreparedStatement(select(User.email).where(User.id == bindparam("user_id")))

    await work.execute(_user(), {"user_id": user_id})
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

Rows = CursorResult[*tuple[Any, ...]]

_DIALECT: Final = asyncpg.dialect()


class PreparedStatement:
    """The text of `statement`, and the source of each of its parameters: a value of each run, or one of its own.

    Rows have the values that the driver returns. `column.in_(values)` is not supported: use
    `column == any_(parameter)`. Raises ValueError for an INSERT or UPDATE of columns
    whose defaults are computed in Python.
    """

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise ValueError("only SQLAlchemy computes defaults in Python: give these columns a value")
        self.sql = compiled.string
        # The values that the driver gets: as SQLAlchemy, whose types know how to write JSON.
        binds = [(name, compiled.binds[name]) for name in compiled.positiontup or ()]
        self._own = {name: bind.value for name, bind in binds if not bind.required}
        self._parameters = tuple(
            (name, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name, bind in binds
        )

    def arguments(self, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of `$1`, `$2`, … in order. Raises KeyError if one is missing."""
        values = {**self._own, **parameters}
        return tuple(
            values[name] if processor is None else processor(values[name]) for name, processor in self._parameters
        )

    async def execute_on(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> Rows:
        """Run the statement on a connection."""
        return await connection.exec_driver_sql(self.sql, self.arguments(parameters))


def sql_of(statement: Executable | PreparedStatement) -> str:
    """Returns the text of a statement, without the values of its parameters."""
    if isinstance(statement, PreparedStatement):
        return statement.sql
    return str(statement.compile(dialect=_DIALECT))  # type: ignore[attr-defined]


@asynccontextmanager
async def single_statements(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which each statement is a transaction of its own: without BEGIN and ROLLBACK, which are round
    trips too."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection
