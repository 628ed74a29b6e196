"""The pool for reads shares its sessions, cancels what nobody waits for, and closes what has grown."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app.database import read_pool
from app.database.errors import DATABASE_ERRORS
from app.database.pools import create_read_pool
from app.database.read_pool import SHORT_STATEMENT, ReadPool
from app.database.read_session import LARGE_STATEMENT
from resolvers.errors import TimedOut
from resolvers.fair_queue import Flow

ADA, MAX = Flow("acme", "ada"), Flow("globex", "max")
SLEEP, PID = "SELECT pg_sleep(60)", "SELECT pg_backend_pid()"
SLEEPING = """SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND state = 'active' AND query = $1"""


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds."""
    while not await condition():
        await asyncio.sleep(0.01)


async def until_sleepers(pool: ReadPool, number: int) -> None:
    """Wait until that many statements sleep in the database."""

    async def reached() -> bool:
        return bool(await pool.fetchval(SLEEPING, SLEEP) == number)

    await until(reached)


async def test_a_read_costs_no_other_statement(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        others: list[str] = []
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda logged: others.append(logged.query))
        for number in range(3):
            assert await pool.fetchval("SELECT $1::integer", number) == number
        assert others == []
        runs = "SELECT generic_plans FROM pg_prepared_statements WHERE statement = 'SELECT $1::integer'"
        assert await pool.fetchval(runs) == 3


async def test_the_statement_of_a_cancelled_task_is_cancelled_and_its_session_used_again(
    shared_database_url: str,
) -> None:
    async with create_read_pool(shared_database_url, max_connections=3) as pool:
        hanging = asyncio.create_task(pool.fetchval(SLEEP, flow=ADA))
        await until_sleepers(pool, 1)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        await until_sleepers(pool, 0)
        while pool.queue.free < 3:
            await asyncio.sleep(0.001)
        assert pool.sessions == 2
        assert await pool.fetchval("SELECT 1") == 1


async def test_a_statement_ends_at_the_deadline_of_its_read(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, max_connections=2) as pool:
        with pytest.raises(TimedOut):
            await pool.fetchval(SLEEP, deadline=time.monotonic() + 0.05)
        await until_sleepers(pool, 0)


async def test_planning_can_be_cancelled(shared_database_url: str) -> None:
    # Planning this takes minutes: a hundred tables, joined in the best of all orders.
    tables = ", ".join(f"pg_class AS c{number}" for number in range(100))
    joins = " AND ".join(f"c{number}.oid = c{number + 1}.relfilenode" for number in range(99))
    async with create_read_pool(shared_database_url, max_connections=2) as pool:
        async with pool.acquire() as connection:
            await connection.execute("SET from_collapse_limit = 200; SET geqo = off; SET join_collapse_limit = 200")
        with pytest.raises(TimedOut):
            await pool.fetchval(f"SELECT count(*) FROM {tables} WHERE {joins}", deadline=time.monotonic() + 0.5)
        while pool.queue.free < 2:
            await asyncio.sleep(0.001)


async def test_one_organization_leaves_sessions_for_others(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, max_connections=4) as pool:
        hostile = [asyncio.create_task(pool.fetchval(SLEEP, flow=Flow("acme", caller))) for caller in range(16)]
        await asyncio.sleep(0)
        assert await pool.fetchval("SELECT 1", flow=MAX) == 1
        for call in hostile:
            call.cancel()
        await asyncio.wait(hostile)


async def test_large_statements_are_planned_one_at_a_time_for_each_caller(shared_database_url: str) -> None:
    large = f"{SLEEP} /* {'x' * SHORT_STATEMENT} */"
    async with create_read_pool(shared_database_url, max_connections=16) as pool:
        hostile = [asyncio.create_task(pool.fetchval(f"{large} -- {number}", flow=ADA)) for number in range(4)]
        await asyncio.sleep(0)
        assert (pool.planning.held(ADA), pool.planning.waiting()) == (1, 3)
        assert await pool.fetchval(f"SELECT 1 /* {'x' * SHORT_STATEMENT} */", flow=MAX) == 1
        assert await pool.fetchval("SELECT 2", flow=ADA) == 2
        for call in hostile:
            call.cancel()
        await asyncio.wait(hostile)
        assert (pool.planning.free, pool.planning.waiting()) == (2, 0)


async def test_a_read_prefers_a_session_that_has_prepared_its_statement(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, max_connections=4) as pool:
        async with pool.acquire(), pool.acquire(MAX):
            first = await pool.fetchval(PID)
        other = "SELECT pg_backend_pid() AS other"
        assert await pool.fetchval(other) != first
        assert await pool.fetchval(PID) == first


async def test_a_session_that_has_grown_is_replaced(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        first = await pool.fetchval(PID)
        assert await pool.fetchval(PID) == first
        await pool.fetchval(f"SELECT 1 /* {'x' * LARGE_STATEMENT} */")
        assert await pool.fetchval(PID) != first

        async def ended() -> bool:
            return not await pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", first)

        await until(ended)


async def test_unused_sessions_are_closed(shared_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_pool, "UNUSED_SECONDS", 0.01)
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        first = await pool.fetchval(PID)
        other = await asyncpg.connect(shared_database_url)

        async def ended() -> bool:
            return not await other.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", first)

        await until(ended)
        await other.close()
        assert await pool.fetchval("SELECT 1") == 1


async def test_closing_waits_for_reads_and_a_cancelled_close_ends_them(shared_database_url: str) -> None:
    pool = create_read_pool(shared_database_url, max_connections=2)
    short = asyncio.create_task(pool.fetchval("SELECT 1 FROM pg_sleep(0.05)"))
    await asyncio.sleep(0)
    await pool.close()
    assert await short == 1
    pool = create_read_pool(shared_database_url, max_connections=2)
    endless = asyncio.create_task(pool.fetchval(SLEEP))
    while not pool.sessions:
        await asyncio.sleep(0.001)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pool.close()
    assert pool.sessions == 0
    with pytest.raises(DATABASE_ERRORS):
        await endless
