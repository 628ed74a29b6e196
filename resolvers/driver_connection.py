"""The driver's connection, on which a transaction can begin with further statements in the same round trip."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.ext.asyncio import AsyncConnection

from resolvers.built_in_types import RememberedLookup, remember, remembered

CANCEL_SECONDS: Final = 5.0
"""How long PostgreSQL may take to confirm that it has cancelled a statement. Then the connection is closed."""

LEAVE_SECONDS: Final = 5.0
"""How long PostgreSQL may take to roll back a transaction that did not begin as it should."""

_PARAMETER: Final = re.compile(r"\$(\d+)")


class DriverConnection(asyncpg.Connection):
    """A connection of asyncpg whose transactions can begin with a statement of their own (`beginning_with`).

    If it `shares_sessions` of PostgreSQL with other connections, through a pooler in transaction mode, no setting lasts
    longer than a transaction. So each transaction begins with `local_settings`, by name.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.shares_sessions = False
        self.local_settings: dict[str, str] = {}
        self._first_statement: str | None = None

    @property
    def socket(self) -> Any:
        """The socket, as the event loop shows it."""
        return self._transport.get_extra_info("socket")

    def share_sessions(self, local_settings: Mapping[str, str]) -> None:
        """From now on, let each transaction begin with these settings."""
        self.shares_sessions, self.local_settings = True, dict(local_settings)
        # Else the driver would set it on a session while it looks types up.
        self._server_caps = self._server_caps._replace(jit=False)

    @contextmanager
    def beginning_with(self, statement: str) -> Iterator[None]:
        """Let the transaction that begins in the block begin with this statement, which has no parameters, and returns
        nothing to the caller. If it fails, the transaction has not begun."""
        self._first_statement = statement
        try:
            yield
        finally:
            self._first_statement = None

    async def _introspect_types(  # the driver's signature
        self,
        typeoids: Sequence[int],
        timeout: float | None,  # noqa: ASYNC109
    ) -> tuple[Any, Any]:
        """As the driver's method, without a query for types that another connection has looked up."""
        rows = remembered(typeoids)
        if rows is not None:
            return rows, RememberedLookup()
        rows, statement = await super()._introspect_types(typeoids, timeout)  # type: ignore[no-untyped-call]
        remember(typeoids, rows)
        return rows, statement

    async def _cancel(self, waiter: Any, cancel_waiter: Any = None) -> None:
        """As the driver's method, in a limited time. The driver itself waits as long as a statement may take, or
        without a limit."""
        async with asyncio.timeout(CANCEL_SECONDS) as limit:
            # It suppresses its own cancellation, so only `limit` shows it.
            await super()._cancel(waiter, cancel_waiter)  # type: ignore[no-untyped-call]
        if limit.expired():
            self.terminate()

    def transaction(self, **options: Any) -> Any:
        """As the driver's method, for the outermost transaction."""
        first, self._first_statement = self._first_statement, None
        statements = [] if first is None else [first]
        if self.shares_sessions:
            settings = [f"SET LOCAL {name} = {_text(value)}" for name, value in self.local_settings.items()]
            statements = settings + statements
        if statements:
            return OpeningTransaction(self, statements, **options)
        return super().transaction(**options)  # type: ignore[no-untyped-call]


class OpeningTransaction:
    """A transaction that begins with some statements, in one message of the simple query protocol. PostgreSQL runs them
    one after the other, each with a snapshot of its own at READ COMMITTED. The options are those of the driver's
    transactions."""

    def __init__(
        self,
        connection: DriverConnection,
        first: Sequence[str],
        *,
        isolation: str | None = None,
        readonly: bool = False,
        deferrable: bool = False,
    ) -> None:
        begin = "BEGIN"
        if isolation is not None:
            begin += f" ISOLATION LEVEL {isolation.replace('_', ' ')}"
        begin += " READ ONLY" * readonly + " DEFERRABLE" * deferrable
        self._connection = connection
        self._begin = "; ".join([begin, *first])

    async def start(self) -> None:
        """Begin the transaction. Raises the errors of its first statements."""
        try:
            await self._connection.execute(self._begin)
        except BaseException:
            await self._leave()
            raise

    async def commit(self) -> None:
        """Commit the transaction."""
        await self._connection.execute("COMMIT")

    async def rollback(self) -> None:
        """Roll the transaction back."""
        await self._connection.execute("ROLLBACK")

    async def _leave(self) -> None:
        """Leave a transaction whose first statements failed, or the connection, if that fails too."""
        if self._connection.is_closed():
            return
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.rollback()
        except (TimeoutError, OSError, PostgresError, InterfaceError):
            self._connection.terminate()


async def driver_connection(connection: AsyncConnection) -> DriverConnection:
    """Returns the driver's connection below `connection`, which must be of an engine of Portico."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, DriverConnection)
    return driver


def with_ids(sql: str, arguments: Sequence[Any]) -> str:
    """Returns the statement with its parameters `$1`, `$2`, … replaced by these ids, each of them a UUID, None, or a
    list of UUIDs. Raises TypeError for anything else: only what needs no escaping is written into a statement."""
    return _PARAMETER.sub(lambda match: _literal(arguments[int(match[1]) - 1]), sql)


def _text(value: str) -> str:
    """The value of a setting of ours as a literal. Raises ValueError if it would need escaping."""
    if "'" in value or "\\" in value:
        raise ValueError("a setting with quotes or backslashes")
    return f"'{value}'"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if type(value) is list and all(isinstance(each, UUID) for each in value):
        return "'{" + ",".join(str(UUID(int=each.int)) for each in value) + "}'"
    if isinstance(value, UUID):
        return f"'{UUID(int=value.int)}'"
    raise TypeError("only ids are written into statements")
