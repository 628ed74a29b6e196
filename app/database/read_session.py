"""A database session for reads, with its prepared statements.

PostgreSQL keeps a plan for each prepared statement, in the memory of the session's process, which grows with the text
of the statement. So the statements of a session are limited by number and by characters of SQL. What a process has
allocated for plans it doesn't always return to the system, so a session that has prepared much text is `worn`: close it
instead of using it again.

If the connection shares sessions with others, through a pooler in transaction mode, each statement is a transaction
that begins with the settings of a read, and the pooler keeps the prepared statements.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from resolvers.driver_connection import DriverConnection

MAX_STATEMENTS: Final = 200
MAX_CHARACTERS: Final = 500_000
"""How many prepared statements a session keeps, and how many characters of SQL in all of them."""

LARGE_STATEMENT: Final = 100_000
"""Characters of SQL. A larger statement isn't kept, and wears its session out."""

WORN_CHARACTERS: Final = 2_000_000
"""How many characters of SQL a session prepares in its life."""

READY: Final = 2
"""The readiness of a session that has prepared a statement and plans it as wanted."""

WORN_USES: Final = 50_000
"""How many statements a session runs in its life."""


class ReadSession:
    """A session on `connection`. Only one statement runs at a time."""

    def __init__(self, connection: DriverConnection) -> None:
        self.connection = connection
        self.idle_since = 0.0
        self.prepared_characters = 0
        self.uses = 0
        self._plans_anew: bool | None = False
        self._statements: OrderedDict[str, PreparedStatement] = OrderedDict()

    def has_prepared(self, sql: str) -> bool:
        """Whether the statement is prepared, so that it has its plan after the first run."""
        return sql in self._statements

    def readiness(self, sql: str, plan_anew: bool) -> int:
        """How many round trips the session saves, of `READY`, if it runs this statement, planned in this way."""
        return (sql in self._statements) + (plan_anew is self._plans_anew)

    @property
    def worn(self) -> bool:
        """Whether the session has been used enough."""
        return self.prepared_characters > WORN_CHARACTERS or self.uses > WORN_USES

    async def fetchrow(self, sql: str, arguments: Sequence[Any], *, plan_anew: bool = False) -> asyncpg.Record | None:
        """Returns the first row of the result, or None. If the task is cancelled, so is the statement; the next one
        then waits until the cancellation is confirmed.

        The statement has a generic plan, made once in this session, or with `plan_anew` a plan for these arguments.
        """
        self.uses += 1
        if plan_anew is not self._plans_anew:
            await self._set_planning(plan_anew)
        prepared = self._statements.get(sql)
        if prepared is None:
            prepared = await self._prepare(sql)
        else:
            self._statements.move_to_end(sql)
        try:
            return await self._run(prepared, arguments)
        except asyncpg.InvalidCachedStatementError:
            # The schema has changed since the statement was prepared.
            self._statements.pop(sql, None)
            return await self._run(await self._prepare(sql), arguments)

    async def _run(self, prepared: PreparedStatement, arguments: Sequence[Any]) -> asyncpg.Record | None:
        row: asyncpg.Record | None
        if not self.connection.shares_sessions:
            row = await prepared.fetchrow(*arguments)
            return row
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            row = await prepared.fetchrow(*arguments)
        except TimeoutError:
            raise  # the statement may still run: `recover` leaves the transaction
        except Exception:
            await transaction.rollback()
            raise
        await transaction.commit()
        return row

    async def recover(self) -> None:
        """Make the session usable after its statement was cancelled. The driver first waits until PostgreSQL confirms
        the cancellation. Raises the errors of the database."""
        await self.connection.execute("ROLLBACK" if self.connection.shares_sessions else "SELECT")

    async def fetchval(self, sql: str, arguments: Sequence[Any], *, plan_anew: bool = False) -> Any:
        """As `fetchrow`, but returns the first value of the row."""
        row = await self.fetchrow(sql, arguments, plan_anew=plan_anew)
        return None if row is None else row[0]

    async def _prepare(self, sql: str) -> PreparedStatement:
        self.prepared_characters += len(sql)
        prepared: PreparedStatement = await self.connection.prepare(sql)
        if len(sql) > LARGE_STATEMENT:
            self.prepared_characters += WORN_CHARACTERS
            return prepared
        self._statements[sql] = prepared
        # The driver closes what is dropped here, before it prepares the next statement.
        while len(self._statements) > MAX_STATEMENTS or sum(map(len, self._statements)) > MAX_CHARACTERS:
            self._statements.popitem(last=False)
        return prepared

    async def _set_planning(self, plan_anew: bool) -> None:
        mode = "force_custom_plan" if plan_anew else "force_generic_plan"
        if self.connection.shares_sessions:
            self.connection.local_settings["plan_cache_mode"] = mode
            self._plans_anew = plan_anew
            return
        self._plans_anew = None  # unknown if the statement is cancelled
        await self.connection.execute(f"SET plan_cache_mode = {mode}")
        self._plans_anew = plan_anew
