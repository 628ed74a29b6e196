"""Servers with different rates on one bucket: each shows a possible balance, and together they spend one bucket."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.graphql.cost_limiting import throttled_error
from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import InsufficientBudget, Leases
from tests.support.counts.cost_buckets import Arena
from tests.support.databases import in_new_loop
from tests.support.depth import examples

pytestmark = pytest.mark.invariant("cost_buckets")

ADA = "user:ada"
LARGE, SMALL = Rate(100_000_000, 1000), Rate(100_000, 10)
DATABASE_SECONDS = 60
"""How far the database's clock may run on during one example."""


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    arena = Arena(database_url)
    yield arena
    await arena.engine.dispose()


async def spend_all_but(leases: Leases, nodes: int) -> None:
    """Spends until about `nodes` remain."""
    remaining = (await leases.charge(ADA, 1)).remaining
    await leases.charge(ADA, remaining - nodes)


async def test_a_bucket_that_a_larger_capacity_emptied_is_empty_and_not_below(arena: Arena) -> None:
    await spend_all_but(arena.process(LARGE), 10)
    with pytest.raises(InsufficientBudget) as refusal:
        await arena.process(SMALL).charge(ADA, 50_000)
    assert 0 <= refusal.value.status.remaining < 50_000
    assert re.fullmatch(
        r"This needs 50,000 nodes, and you have [\d,]+ left\. Try again in \d+ seconds\.",
        throttled_error(refusal.value)["message"],
    )


async def test_a_smaller_capacity_never_shows_or_grants_more_than_its_own(arena: Arena) -> None:
    await arena.process(LARGE).charge(ADA, 1)
    status = await arena.process(SMALL).charge(ADA, 1)
    assert 0 <= status.remaining < SMALL.capacity


async def test_a_server_with_a_smaller_capacity_does_not_fill_the_bucket_of_a_larger(arena: Arena) -> None:
    large, small = arena.process(LARGE), arena.process(SMALL)
    await spend_all_but(large, SMALL.capacity)
    await large.tidy(everything=True)
    await small.charge(ADA, 1)
    await small.tidy(everything=True)
    await arena.pass_time(30)
    await small.tidy()
    with pytest.raises(InsufficientBudget) as refusal:
        await arena.process(LARGE).charge(ADA, LARGE.capacity)
    assert refusal.value.status.remaining <= SMALL.capacity + (30 + DATABASE_SECONDS) * LARGE.refill


rates = st.builds(Rate, st.integers(1, 5000), st.integers(1, 50))
server = st.integers(0, 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), server, st.integers(1, 6000)),
        st.tuples(st.just("tidy"), server, st.booleans()),
        st.tuples(st.just("pass"), server, st.integers(1, 200)),
    ),
    max_size=25,
)


@dataclass
class Run:
    """Two servers on one bucket, what they have granted, and how much time has passed."""

    arena: Arena
    rates: tuple[Rate, Rate]
    spent: int = 0
    seconds: int = 0
    processes: list[Leases] = field(default_factory=list)

    async def step(self, what: str, server: int, amount: int) -> None:
        if what == "charge":
            await self.charge(server, amount)
        elif what == "tidy":
            await self.processes[server].tidy(everything=bool(amount))
        else:
            self.seconds += amount
            await self.arena.pass_time(amount)

    async def charge(self, server: int, cost: int) -> None:
        rate = self.rates[server]
        try:
            status = await self.processes[server].charge(ADA, cost)
            self.spent += cost
        except InsufficientBudget as refusal:
            status = refusal.status
        assert 0 <= status.remaining <= rate.capacity
        assert 0 <= status.reset <= rate.capacity / rate.refill + 1
        capacity = max(each.capacity for each in self.rates)
        refill = max(each.refill for each in self.rates)
        assert self.spent <= capacity + refill * (self.seconds + DATABASE_SECONDS)


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.tuples(rates, rates), steps)
def test_whatever_two_servers_do_the_balance_is_possible_and_no_more_is_spent_than_one_bucket(
    database_url: str, rates: tuple[Rate, Rate], steps: list[tuple[str, int, int]]
) -> None:
    async def run() -> None:
        arena = Arena(database_url)
        try:
            await arena.clear()
            run = Run(arena, rates, processes=[arena.process(rate) for rate in rates])
            for step in steps:
                await run.step(*step)
        finally:
            await arena.engine.dispose()

    in_new_loop(run())
