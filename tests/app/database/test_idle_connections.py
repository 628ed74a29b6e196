"""A connection that was closed or forgotten while it was idle is replaced before it is used, and one in use isn't
pinged."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import pools
from app.database.idle_connections import PING_AFTER_SECONDS, check_idle_connections
from app.database.pools import create_write_engine, normalize_url
from benchmarks.round_trips import RoundTripProxy, counting_round_trips
from resolvers.callers.caller import Caller
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import rules

PID = text("SELECT pg_backend_pid()")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest_asyncio.fixture
async def proxy(shared_database_url: str) -> AsyncIterator[RoundTripProxy]:
    async with counting_round_trips(shared_database_url) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def engine(proxy: RoundTripProxy, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> AsyncIterator[AsyncEngine]:
    monkeypatch.setattr(pools, "check_idle_connections", partial(check_idle_connections, clock=clock))
    engine = create_write_engine(proxy.url, max_connections=1)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def pid_of(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        pid: int = (await connection.execute(PID)).scalar_one()
        return pid


async def terminate(url: str, pid: int) -> None:
    killer = await asyncpg.connect(normalize_url(url))
    assert await killer.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await killer.close()


def hide_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide from the first look at a connection that it is closed, as if nobody had told."""
    is_closed: Callable[[asyncpg.Connection], bool] = asyncpg.Connection.is_closed
    looks = iter([False])
    monkeypatch.setattr(asyncpg.Connection, "is_closed", lambda connection: next(looks, True) and is_closed(connection))


async def test_a_connection_is_pinged_only_after_it_was_idle(
    engine: AsyncEngine, proxy: RoundTripProxy, clock: Clock
) -> None:
    for _ in range(2):
        pid = await pid_of(engine)
    counts = []
    for idle in (0, PING_AFTER_SECONDS, PING_AFTER_SECONDS + 1, 0):
        clock.seconds += idle
        before = proxy.count
        assert await pid_of(engine) == pid
        counts.append(proxy.count - before)
    # BEGIN, the statement, and ROLLBACK; the ping is one more.
    assert counts == [3, 3, 4, 3]


async def test_a_closed_connection_is_replaced(engine: AsyncEngine, shared_database_url: str) -> None:
    pid = await pid_of(engine)
    await terminate(shared_database_url, pid)
    await asyncio.sleep(0.1)
    assert await pid_of(engine) != pid


async def test_a_connection_that_was_idle_and_does_not_answer_is_replaced(
    engine: AsyncEngine, shared_database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = await pid_of(engine)
    await terminate(shared_database_url, pid)
    hide_once(monkeypatch)
    clock.seconds += PING_AFTER_SECONDS + 1
    await asyncio.sleep(0.1)
    assert await pid_of(engine) != pid


async def test_a_transaction_whose_first_statement_fails_on_a_closed_connection_runs_on_another(
    engine: AsyncEngine, shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = MutationContext(engine, rules(), b"")
    await terminate(shared_database_url, await pid_of(engine))
    hide_once(monkeypatch)
    await asyncio.sleep(0.1)

    async def read(work: UnitOfWork) -> int:
        value: int = (await work.execute(text("SELECT 1"))).scalar_one()
        return value

    assert await run_in_transaction(context, Caller(), read) == 1


async def test_a_transaction_that_has_run_a_statement_is_not_repeated(
    engine: AsyncEngine, shared_database_url: str
) -> None:
    context, pids = MutationContext(engine, rules(), b""), []

    async def read(work: UnitOfWork) -> None:
        pids.append((await work.execute(PID)).scalar_one())
        await terminate(shared_database_url, pids[-1])
        await work.execute(PID)

    with pytest.raises(DBAPIError):
        await run_in_transaction(context, Caller(), read)
    assert len(pids) == 1
