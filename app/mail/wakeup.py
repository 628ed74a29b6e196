"""Waking the lanes of the worker: at once when a mail is committed anywhere, or after a while in any case."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.notifications import listen
from resolvers.transaction.outbox import OUTBOX_CHANNEL


class WakeupEvent:
    """Rings when PostgreSQL notifies of new mail.

    Who waits takes `next_wakeup()` before looking for work, so that a ring between the look and the wait is not missed.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def next_wakeup(self) -> asyncio.Event:
        """The event that the next ring sets."""
        return self._next

    def notify(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()

    async def listen(self, engine: AsyncEngine, pause: float) -> None:
        """Ring on every notification, until cancelled.

        While the connection is lost, the lanes find their work by looking.
        """
        await listen(engine, {OUTBOX_CHANNEL: lambda _payload: self.notify()}, pause, begun=self.notify)
