"""Buckets of cost: whoever asks through however many processes never gets more than the bucket gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from app.database.pools import writing_engine
from models import CostBucket
from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import InsufficientBudget, Leases
from resolvers.transaction.unit_of_work import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, rules

ADA, SAM, HOME = "user:ada", "user:sam", "address:192.0.2.7"
RATE = Rate(1000, 10)


class Clock:
    """A clock of one process that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Arena:
    """Processes on one database. Its clock is moved by making the buckets older."""

    def __init__(self, database_url: str) -> None:
        self.engine = writing_engine(database_url, size=4)
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

    async def held(self) -> dict[str, float]:
        """What is missing in the buckets."""
        async with self.engine.connect() as connection:
            return dict((await connection.execute(select(CostBucket.holder, CostBucket.missing))).all())


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    arena = Arena(database_url)
    yield arena
    await arena.engine.dispose()


async def spent(leases: Leases, holder: str, cost: int, times: int = 10**6) -> int:
    """How much is spent until nothing more is given."""
    total = 0
    for _ in range(times):
        try:
            await leases.charge(holder, cost)
        except InsufficientBudget:
            break
        total += cost
    return total


async def test_a_bucket_gives_what_it_holds_and_refills(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    first = await leases.charge(ADA, 100)
    assert (first.requested, first.remaining) == (100, 900)
    assert first.reset == 100
    assert 890 <= await spent(leases, ADA, 10) <= 900 + 60
    with pytest.raises(InsufficientBudget) as short:
        await leases.charge(ADA, 500)
    assert 430 <= short.value.seconds <= 500
    assert short.value.standing.remaining < 70
    await arena.pass_time(short.value.seconds)
    assert (await leases.charge(ADA, 500)).remaining < 100


async def test_what_is_refused_costs_nothing(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await leases.charge(ADA, 950)
    for _ in range(100):
        with pytest.raises(InsufficientBudget):
            await leases.charge(ADA, 60)
    assert (await leases.charge(ADA, 40)).remaining <= 20


async def test_operations_cost_no_statement_each(arena: Arena) -> None:
    leases = arena.process(Rate(100_000, 1000))
    await leases.charge(ADA, 4)
    arena.statements.clear()
    assert await spent(leases, ADA, 4, times=2000) == 8000
    assert arena.statements == []


async def test_who_has_nothing_left_costs_no_statement_each(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await spent(leases, ADA, 10)
    arena.statements.clear()
    assert await spent(leases, ADA, 500, times=1000) == 0
    assert arena.statements == []


async def test_processes_together_give_no_more_than_one_bucket(arena: Arena) -> None:
    processes = [arena.process() for _ in range(3)]
    total = sum(await asyncio.gather(*(spent(each, ADA, 7) for each in processes for _ in range(5))))
    # The database's clock runs on: generously, a minute's refill may have come.
    assert 700 <= total <= 1000 + 60 * RATE.refill
    for seconds in (3, 11, 30):
        before = total
        await arena.pass_time(seconds)
        total += sum(await asyncio.gather(*(spent(each, ADA, 7) for each in processes for _ in range(5))))
        assert total - before > 0
    assert total <= 1000 + (3 + 11 + 30 + 60) * RATE.refill


async def test_many_at_once_take_one_lease(arena: Arena) -> None:
    leases = arena.process(Rate(100_000, 1000))
    await asyncio.gather(*(leases.charge(ADA, 1) for _ in range(500)))
    assert sum("cost_buckets" in sql for sql in arena.statements) == 1


async def test_what_is_left_goes_back_to_the_others(arena: Arena) -> None:
    rate = Rate(1000, 1)
    one, other = arena.process(rate), arena.process(rate)
    await one.charge(ADA, 1)
    held = (await arena.held())[ADA]
    assert held > 90, "some is taken for the operations to come"
    await one.tidy()
    assert (await arena.held())[ADA] == pytest.approx(held, abs=5), "the lease is still good"
    arena.clock.now += 11
    await one.tidy()
    assert (await arena.held()).get(ADA, 0) <= 1
    assert await spent(other, ADA, 1) >= 980


async def test_everything_goes_back_at_the_end_and_full_buckets_are_forgotten(arena: Arena) -> None:
    leases = arena.process()
    for holder in (ADA, SAM, HOME):
        await leases.charge(holder, 50)
    await leases.tidy(everything=True)
    assert all(missing <= 50 for missing in (await arena.held()).values())
    await arena.pass_time(6)
    await leases.tidy()
    assert await arena.held() == {}


async def test_nobody_pays_for_another(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await spent(leases, ADA, 10)
    for other in (SAM, HOME, "address:192.0.2.8"):
        assert (await leases.charge(other, 1)).remaining == 999


async def test_a_flood_of_addresses_pushes_no_user_out(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.cost_limits.leases.ENTRIES", 5)
    leases = arena.process()
    await leases.charge(ADA, 1)
    for number in range(20):
        await leases.charge(f"address:{number}", 1)
    arena.statements.clear()
    await leases.charge(ADA, 1)
    assert arena.statements == []


async def test_a_bucket_that_was_made_smaller_holds_no_more_than_that(arena: Arena) -> None:
    await spent(arena.process(Rate(10_000, 1)), ADA, 100)
    smaller = arena.process(Rate(1000, 1))
    with pytest.raises(InsufficientBudget):
        await smaller.charge(ADA, 100)
    assert await spent(arena.process(Rate(1000, 1)), SAM, 2000) == 0, "more than it ever holds"


@pytest.mark.parametrize("waiting", [1, 50])
async def test_where_the_database_is_away_all_are_told_and_the_next_try_asks_again(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, waiting: int
) -> None:
    leases = arena.process()
    perform: Callable[..., Any] = Leases._perform_take

    async def away(*_: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(Leases, "_perform_take", away)
    found = await asyncio.gather(*(leases.charge(ADA, 1) for _ in range(waiting)), return_exceptions=True)
    assert {type(each) for each in found} == {OSError}
    monkeypatch.setattr(Leases, "_perform_take", perform)
    assert (await leases.charge(ADA, 1)).remaining == 999


async def test_who_hangs_up_takes_the_lease_from_nobody(arena: Arena) -> None:
    leases = arena.process()
    gone = asyncio.create_task(leases.charge(ADA, 1))
    stays = asyncio.create_task(leases.charge(ADA, 1))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).requested == 1


async def test_the_table_is_not_in_the_log(arena: Arena) -> None:
    async with arena.engine.connect() as connection:
        query = text("SELECT relpersistence::text FROM pg_class WHERE relname = 'cost_buckets'")
        assert (await connection.execute(query)).scalar_one() == "u"
