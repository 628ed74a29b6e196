"""Cost buckets: through any number of processes, a caller never gets more than the bucket provides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import InsufficientBudget, Leases
from tests.support.counts.cost_buckets import RATE, Arena
from tests.support.depth import examples

pytestmark = pytest.mark.invariant("cost_buckets")

ADA, SAM, HOME = "user:ada", "user:sam", "address:192.0.2.7"


@pytest.fixture
async def arena(database_url: str) -> AsyncIterator[Arena]:
    arena = Arena(database_url)
    yield arena
    await arena.engine.dispose()


async def spend(leases: Leases, bucket_key: str, cost: int, times: int = 10**6) -> int:
    """Spends until the bucket is empty, and returns the total."""
    total = 0
    for _ in range(times):
        try:
            await leases.charge(bucket_key, cost)
        except InsufficientBudget:
            break
        total += cost
    return total


async def test_a_bucket_provides_its_capacity_and_refills(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    first = await leases.charge(ADA, 100)
    assert first.remaining == 900
    assert first.reset == 100
    assert 890 <= await spend(leases, ADA, 10) <= 900 + 60
    with pytest.raises(InsufficientBudget) as error:
        await leases.charge(ADA, 500)
    assert 430 <= error.value.retry_after <= 500
    assert error.value.status.remaining < 70
    await arena.pass_time(error.value.retry_after)
    assert (await leases.charge(ADA, 500)).remaining < 100


async def test_a_rejected_operation_costs_nothing(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await leases.charge(ADA, 950)
    for _ in range(100):
        with pytest.raises(InsufficientBudget):
            await leases.charge(ADA, 60)
    assert (await leases.charge(ADA, 40)).remaining <= 20


async def test_operations_within_a_lease_run_no_statement(arena: Arena) -> None:
    leases = arena.process(Rate(100_000, 1000))
    await leases.charge(ADA, 4)
    arena.statements.clear()
    assert await spend(leases, ADA, 4, times=2000) == 8000
    assert arena.statements == []


async def test_rejected_operations_run_no_statement(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await spend(leases, ADA, 10)
    arena.statements.clear()
    assert await spend(leases, ADA, 500, times=1000) == 0
    assert arena.statements == []


async def test_all_processes_together_spend_no_more_than_one_bucket(arena: Arena) -> None:
    processes = [arena.process() for _ in range(3)]
    total = sum(await asyncio.gather(*(spend(process, ADA, 7) for process in processes for _ in range(5))))
    # The database's clock keeps running: allow for a generous minute of refill.
    assert 700 <= total <= 1000 + 60 * RATE.refill
    for seconds in (3, 11, 30):
        before = total
        await arena.pass_time(seconds)
        total += sum(await asyncio.gather(*(spend(process, ADA, 7) for process in processes for _ in range(5))))
        assert total - before > 0
    assert total <= 1000 + (3 + 11 + 30 + 60) * RATE.refill


async def test_concurrent_operations_take_one_lease(arena: Arena) -> None:
    leases = arena.process(Rate(100_000, 1000))
    await asyncio.gather(*(leases.charge(ADA, 1) for _ in range(500)))
    assert sum("cost_buckets" in sql for sql in arena.statements) == 1


async def test_the_rest_of_an_expired_lease_is_returned(arena: Arena) -> None:
    rate = Rate(1000, 1)
    first, second = arena.process(rate), arena.process(rate)
    await first.charge(ADA, 1)
    missing = (await arena.missing())[ADA]
    assert missing > 90, "some nodes are leased for later operations"
    await first.tidy()
    assert (await arena.missing())[ADA] == pytest.approx(missing, abs=5), "the lease is still valid"
    arena.clock.now += 11
    await first.tidy()
    assert (await arena.missing()).get(ADA, 0) <= 1
    assert await spend(second, ADA, 1) >= 980


async def test_all_leases_are_returned_at_the_end_and_full_buckets_deleted(arena: Arena) -> None:
    leases = arena.process()
    for bucket_key in (ADA, SAM, HOME):
        await leases.charge(bucket_key, 50)
    await leases.tidy(everything=True)
    assert all(nodes <= 50 for nodes in (await arena.missing()).values())
    await arena.pass_time(6)
    await leases.tidy()
    assert await arena.missing() == {}


async def test_callers_have_separate_buckets(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await spend(leases, ADA, 10)
    for other in (SAM, HOME, "address:192.0.2.8"):
        assert (await leases.charge(other, 1)).remaining == 999


async def test_a_flood_of_addresses_evicts_no_user(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.cost_limits.leases.LEASES_PER_KIND", 5)
    leases = arena.process()
    await leases.charge(ADA, 1)
    for number in range(20):
        await leases.charge(f"address:{number}", 1)
    arena.statements.clear()
    await leases.charge(ADA, 1)
    assert arena.statements == []


async def test_a_bucket_with_a_reduced_capacity_holds_no_more_than_that(arena: Arena) -> None:
    await spend(arena.process(Rate(10_000, 1)), ADA, 100)
    smaller = arena.process(Rate(1000, 1))
    with pytest.raises(InsufficientBudget):
        await smaller.charge(ADA, 100)
    assert await spend(arena.process(Rate(1000, 1)), SAM, 2000) == 0, "more than the bucket ever holds"


@pytest.mark.parametrize("waiting", [1, 50])
async def test_without_a_database_all_waiting_fail_and_the_next_attempt_retries(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, waiting: int
) -> None:
    leases = arena.process()
    take: Callable[..., Any] = Leases._take

    async def unavailable(*_: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(Leases, "_take", unavailable)
    results = await asyncio.gather(*(leases.charge(ADA, 1) for _ in range(waiting)), return_exceptions=True)
    assert {type(result) for result in results} == {OSError}
    monkeypatch.setattr(Leases, "_take", take)
    assert (await leases.charge(ADA, 1)).remaining == 999


async def test_a_cancelled_operation_does_not_cancel_the_lease_of_others(arena: Arena) -> None:
    leases = arena.process()
    cancelled = asyncio.create_task(leases.charge(ADA, 1))
    remaining = asyncio.create_task(leases.charge(ADA, 1))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert (await remaining).remaining == 999


async def test_the_table_is_unlogged(arena: Arena) -> None:
    async with arena.engine.connect() as connection:
        query = text("SELECT relpersistence::text FROM pg_class WHERE relname = 'cost_buckets'")
        assert (await connection.execute(query)).scalar_one() == "u"


async def test_a_renewal_that_is_done_is_not_awaited_again(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """To await it would return at once, without letting the event loop run: it would stand still forever."""
    leases = arena.process(RATE)
    await leases.charge(ADA, 1)
    lease = leases._leases["user"].get(ADA)
    assert lease is not None
    lease.renewal = asyncio.create_task(asyncio.sleep(0))
    await lease.renewal
    lease.unspent = 0
    awaited, shield = 0, asyncio.shield

    def counted(renewal: Any) -> Any:
        nonlocal awaited
        awaited += 1
        assert awaited < 10
        return shield(renewal)

    monkeypatch.setattr(asyncio, "shield", counted)
    assert (await leases.charge(ADA, 1)).remaining >= 890


async def test_what_is_not_used_is_given_back_at_once(arena: Arena) -> None:
    leases = arena.process(Rate(100_000, 1))
    assert (await leases.charge(ADA, 25_000)).remaining == 75_000
    assert leases.settle(ADA, 24_990).remaining == 99_990
    for _ in range(100):
        await leases.charge(ADA, 25_000)
        leases.settle(ADA, 24_990)
    # The clock of the database keeps running.
    assert 0 <= leases.settle(ADA, 0).remaining - (100_000 - 101 * 10) <= 60


async def test_other_processes_get_what_one_has_given_back(arena: Arena) -> None:
    rate = Rate(100_000, 1)
    processes = [arena.process(rate) for _ in range(3)]
    for process in processes:
        for _ in range(2):
            await process.charge(ADA, 25_000)
        for _ in range(2):
            process.settle(ADA, 25_000)
        await written(process)
    assert (await arena.missing())[ADA] <= 3 * 2 * rate.slice


async def written(leases: Leases) -> None:
    """Waits until what was settled is written to the bucket."""
    for lease in leases._leases["user"].values():
        while lease.writing is not None and not lease.is_idle:
            await lease.writing
            await asyncio.sleep(0)


async def test_what_is_used_beyond_a_reservation_is_owed(arena: Arena) -> None:
    rate = Rate(1000, 10)
    one, other = arena.process(rate), arena.process(rate)
    await one.charge(ADA, 250)
    after = one.settle(ADA, -900)
    assert (after.remaining, after.reset) == (0, 115)
    for process in (one, other):
        await written(one)
        with pytest.raises(InsufficientBudget) as error:
            await process.charge(ADA, 10)
        assert 15 <= error.value.retry_after <= 17
        assert error.value.status.remaining == 0
    await arena.pass_time(17)
    assert (await one.charge(ADA, 10)).remaining <= 30
    assert await spend(other, ADA, 10) <= 30


async def test_no_debt_is_larger_than_the_capacity(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 10))
    for _ in range(4):
        await leases.charge(ADA, 100)
    for _ in range(4):
        leases.settle(ADA, -(10**6))
    for _ in range(2):
        with pytest.raises(InsufficientBudget) as error:
            await leases.charge(ADA, 1)
        assert 98 <= error.value.retry_after <= 101
        await written(leases)
        await leases.tidy(everything=True)
    assert 1990 <= (await arena.missing())[ADA] <= 2000


async def test_the_debt_of_a_bucket_that_was_full_is_kept(arena: Arena) -> None:
    leases = arena.process(RATE)
    await leases.charge(ADA, 1)
    await arena.clear()
    leases.settle(ADA, -700)
    await written(leases)
    assert (await arena.missing())[ADA] == pytest.approx(700 - 99, abs=2)
    # A renewal returns a debt, too.
    await arena.clear()
    lease = leases._lease(SAM)
    lease.unspent = -700
    await leases.charge(SAM, 200)
    assert (await arena.missing())[SAM] >= 900 - 1
    with pytest.raises(InsufficientBudget):
        await leases.charge(SAM, 200)


async def test_a_debt_survives_a_database_that_is_away(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unavailable(*_: Any) -> None:
        raise OSError("gone")

    leases = arena.process(Rate(1000, 1))
    await leases.charge(ADA, 10)
    with monkeypatch.context() as patch:
        patch.setattr("resolvers.cost_limits.leases.run_in_transaction", unavailable)
        leases.settle(ADA, -500)
        writing = leases._lease(ADA).writing
        assert writing is not None
        await asyncio.wait([writing])
        with pytest.raises(OSError, match="gone"):
            await leases.tidy(everything=True)
    assert (await leases.charge(ADA, 10)).remaining <= 1000 - 520


async def test_an_operation_that_is_settled_during_a_renewal_loses_nothing(arena: Arena) -> None:
    leases = arena.process(Rate(1000, 1))
    await leases.charge(ADA, 200)
    running = asyncio.create_task(leases.charge(ADA, 300))
    await asyncio.sleep(0)
    assert leases._leases["user"].get(ADA).is_renewing  # type: ignore[union-attr]
    leases.settle(ADA, 200)
    await running
    assert leases.settle(ADA, 300).remaining == 1000, "and never more than the capacity"


@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
@given(operations=st.lists(st.tuples(st.integers(1, 400), st.integers(0, 900), st.integers(0, 2)), max_size=40))
async def test_no_order_of_operations_gets_more_than_the_bucket(
    arena: Arena, operations: list[tuple[int, int, int]]
) -> None:
    """Each reserves, runs beside others in one of three processes, and uses less or more than it has reserved."""
    await arena.clear()
    rate = Rate(1000, 1)
    processes = [arena.process(rate) for _ in range(3)]
    reserved_now = used = debts = 0

    async def operate(reserve: int, use: int, process: Leases) -> None:
        nonlocal reserved_now, used, debts
        try:
            await process.charge(ADA, reserve)
        except InsufficientBudget:
            return
        reserved_now += reserve
        assert reserved_now + used - debts <= rate.capacity + 60
        await asyncio.sleep(0)
        reserved_now -= reserve
        used += use
        debts += max(use - reserve, 0)
        process.settle(ADA, reserve - use)

    await asyncio.gather(*(operate(reserve, use, processes[number]) for reserve, use, number in operations))
    for process in processes:
        await process.tidy(everything=True)
    missing = (await arena.missing()).get(ADA, 0)
    assert missing <= 2 * rate.capacity
    # Nothing is lost, and nothing is given twice; a few nodes are refilled.
    assert min(used, 2 * rate.capacity) - 60 <= missing <= used
