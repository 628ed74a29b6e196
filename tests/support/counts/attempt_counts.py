"""Processes that count attempts in one database, whose clock stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
from sqlalchemy import event

from app.database.pools import create_write_engine, normalize_url
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.database_counts import DatabaseCounts
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from tests.support.databases import execute
from tests.support.resolver_fixtures import SECRET_KEY

FEW = SignInBackoff(
    email_and_address=BackoffPolicy(free_attempts=2, decay_interval=900),
    address=BackoffPolicy(free_attempts=4, decay_interval=60),
    email=BackoffPolicy(free_attempts=6, decay_interval=60),
)

# PostgreSQL looks for `now` here first: the statements then see the time of the table.
STOPPED_CLOCK = (
    "CREATE SCHEMA stopped",
    "CREATE TABLE stopped.clock (at timestamptz NOT NULL)",
    "INSERT INTO stopped.clock VALUES ('2026-01-01 12:00:00+00')",
    "CREATE FUNCTION stopped.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM stopped.clock'",
)


@dataclass
class Clock:
    """A clock that only moves when it is set."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


async def stop_clock(database_url: str) -> None:
    """Let the clock of a database stand still."""
    database = database_url.partition("?")[0].rpartition("/")[2]
    await execute(database_url, *STOPPED_CLOCK)
    await execute(database_url, f"ALTER DATABASE {database} SET search_path = stopped, public, pg_catalog")


class Counting:
    """Processes on one database whose clock stands still, and the clock that all of them share with it."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url
        self.engine = create_write_engine(database_url, max_connections=8)
        self.clock = Clock()
        self.statements = 0

        def count(*_: object) -> None:
            self.statements += 1

        event.listen(self.engine.sync_engine, "before_cursor_execute", count)

    def process(self, backoff: SignInBackoff = FEW, most_of_a_kind: int = 100_000) -> DatabaseCounts:
        """A process that knows nothing yet."""
        return DatabaseCounts(self.engine, SECRET_KEY, backoff, self.clock, most_of_a_kind)

    async def pass_time(self, seconds: float) -> None:
        """Move both clocks."""
        self.clock.now += seconds
        at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=self.clock.now - 1000)
        await self.run("UPDATE stopped.clock SET at = $1", at)

    async def run(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """The rows of a statement of the test itself."""
        connection = await asyncpg.connect(normalize_url(self.url))
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await connection.close()
