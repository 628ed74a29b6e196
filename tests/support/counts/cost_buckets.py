"""Processes on one database that spend from cost buckets, and a clock that tests move."""

from datetime import timedelta

from sqlalchemy import delete, event, select, update

from app.database.pools import create_write_engine
from models import CostBucket
from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import Leases
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, rules

RATE = Rate(1000, 10)


class Clock:
    """The clock of one process, which only moves when it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Arena:
    """Processes on one database, whose clock is moved by making the buckets older."""

    def __init__(self, database_url: str) -> None:
        self.engine = create_write_engine(database_url, max_connections=4)
        self.clock = Clock()
        self.statements: list[str] = []
        event.listen(
            self.engine.sync_engine, "before_cursor_execute", lambda _c, _u, sql, *_: self.statements.append(sql)
        )

    def process(self, rate: Rate = RATE) -> Leases:
        return Leases(MutationContext(self.engine, rules(), SECRET_KEY), rate, self.clock)

    async def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        async with self.engine.begin() as connection:
            await connection.execute(update(CostBucket).values(as_of=CostBucket.as_of - timedelta(seconds=seconds)))

    async def clear(self) -> None:
        """Fill all buckets."""
        async with self.engine.begin() as connection:
            await connection.execute(delete(CostBucket))

    async def missing(self) -> dict[str, float]:
        """The number of nodes missing in each bucket."""
        async with self.engine.connect() as connection:
            missing = CostBucket.capacity - CostBucket.balance
            return dict((await connection.execute(select(CostBucket.holder, missing))).all())
