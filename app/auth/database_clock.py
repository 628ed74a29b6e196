"""The time of the database, by which sessions, links and access tokens end on whichever machine they are looked at."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.background import repeat
from resolvers.prepared_statement import single_statements

log = logging.getLogger("portico")

MEASURE_SECONDS: Final = 60.0
"""How often the clock of this machine is compared with that of the database."""

TOLERATED: Final = timedelta(seconds=5)
"""A smaller difference is left alone: access tokens are accepted with more than that."""

_NOW: Final = text("SELECT extract(epoch FROM clock_timestamp())::float8")

_steady: Final[Callable[[], float]] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)
"""Seconds since an arbitrary start. Nobody sets this clock, and on Linux it goes on while the machine is suspended."""


class DatabaseClock:
    """The time of the database. Between two measurements, it is counted by a clock that nobody sets, so it stays right
    when the clock of this machine jumps. `offset` is what had to be added to the latter at the last measurement."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self._started_at = 0.0
        self._set()

    def now(self) -> datetime:
        """The time of the database, as far as is known."""
        return datetime.fromtimestamp(self._started_at + _steady(), UTC)

    async def follow(self, engine: AsyncEngine) -> None:
        """Measure the difference every minute, until cancelled."""

        async def step() -> bool:
            await self.measure(engine)
            return False

        await repeat(step, MEASURE_SECONDS, log, "The clock of the database can't be read")

    async def measure(self, engine: AsyncEngine) -> None:
        """Measure the difference, and log it if it is more than tolerated. Raises database errors."""
        async with single_statements(engine) as connection:
            before = time.time()
            database: float = (await connection.execute(_NOW)).scalar_one()
            after = time.time()
        # Somewhere between the two, the database read its clock: only what is outside of that is a difference.
        offset = timedelta(seconds=min(database - before, 0) + max(database - after, 0))
        self.offset = offset if abs(offset) > TOLERATED else timedelta()
        self._set()
        if self.offset:
            log.warning(
                "The clock of this machine is %.0f seconds %s that of the database, which is used instead: synchronize "
                "both (NTP)",
                abs(offset).total_seconds(),
                "behind" if offset > timedelta() else "ahead of",
            )

    def _set(self) -> None:
        self._started_at = time.time() + self.offset.total_seconds() - _steady()
