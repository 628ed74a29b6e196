"""Wakes the workers as soon as a mail is committed anywhere."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.notifications import listen
from resolvers.transaction.writes import OUTBOX_CHANNEL


class WakeupEvent:
    """Set whenever PostgreSQL notifies of new mail.

    Call `next_wakeup()` before looking for work, so that a notification between the look and the wait isn't missed.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def next_wakeup(self) -> asyncio.Event:
        """The event that the next notification sets."""
        return self._next

    def notify(self) -> None:
        """Wake all waiting tasks."""
        self._next.set()
        self._next = asyncio.Event()

    async def listen(self, engine: AsyncEngine, pause: float) -> None:
        """Call `notify` on every notification, until cancelled.

        While the connection is lost, the workers find their work by polling.
        """
        await listen(engine, {OUTBOX_CHANNEL: lambda _payload: self.notify()}, pause, on_listening=self.notify)
