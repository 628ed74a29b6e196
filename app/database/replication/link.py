"""A database session for the short statements of replication. No other work can delay them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from asyncpg.exceptions import PostgresError


class Link:
    """One session, opened by `open_` on demand, and again when it was lost. A statement may take `seconds`, opening
    included; they run one after the other."""

    def __init__(self, open_: Callable[[], Awaitable[asyncpg.Connection]], seconds: float) -> None:
        self._open, self._seconds = open_, seconds
        self._lock = asyncio.Lock()
        self._session: asyncpg.Connection | None = None

    @property
    def session(self) -> asyncpg.Connection | None:
        """The open session, if there is one."""
        return None if self._session is None or self._session.is_closed() else self._session

    async def fetchrow(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """Returns the first row of a statement, or None. Raises TimeoutError, and the errors of the database."""
        async with self._lock:
            try:
                async with asyncio.timeout(self._seconds):
                    session = self.session
                    if session is None:
                        session = self._session = await self._open()
                    row: asyncpg.Record | None = await session.fetchrow(sql, *arguments)
                    return row
            except PostgresError:
                raise
            except BaseException:
                # The session may be busy with the statement for long.
                self.close()
                raise

    def close(self) -> None:
        """Ends the session at once."""
        if self._session is not None:
            self._session.terminate()
            self._session = None
