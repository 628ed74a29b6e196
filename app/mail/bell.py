"""Waking the lanes of the worker: at once when a mail is committed anywhere, or after a while in any case."""

import asyncio
import logging
from typing import Any

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from resolvers.outbox import BELL

log = logging.getLogger("portico.mail")


class Bell:
    """Rings when PostgreSQL notifies of new mail.

    Who waits takes `next_ring()` before looking for work, so that a ring between the look and the wait is not missed.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def next_ring(self) -> asyncio.Event:
        """The event that the next ring sets."""
        return self._next

    def ring(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()

    async def listen(self, engine: AsyncEngine, pause: float) -> None:
        """Ring on every notification, until cancelled.

        Holds one connection; when it is lost, tries anew after `pause` seconds, while the lanes find their work by
        looking.
        """
        while True:
            try:
                await self._listen_once(engine)
            except (SQLAlchemyError, PostgresError, InterfaceError, OSError) as error:
                log.warning("Not listening for new mail (%s); trying again.", type(error).__name__)
            await asyncio.sleep(pause)

    async def _listen_once(self, engine: AsyncEngine) -> None:
        lost = asyncio.Event()
        async with engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            try:
                raw.add_termination_listener(lambda *_: lost.set())
                await raw.add_listener(BELL, lambda *_: self.ring())
                self.ring()
                await lost.wait()
            finally:
                # A connection that listens must not go back to the pool.
                await connection.invalidate()
