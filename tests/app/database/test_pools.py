"""The ways to the database: what the read path may not do, its plans and its cache, and that both recover."""

from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database.pools import create_read_pool, create_write_engine, normalize_url

LONGER_THAN_ASYNCPG_CACHES = 20_000


async def test_the_read_path_cannot_write(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url) as pool:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.fetchval("DELETE FROM organizations")


async def test_the_read_path_keeps_generic_plans_of_long_statements(shared_database_url: str) -> None:
    statement = f"SELECT $1::int + 1 /* {'x' * LONGER_THAN_ASYNCPG_CACHES} */"
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        for number in range(3):
            assert await pool.fetchval(statement, number) == number + 1
        kept = (
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int + 1%'"
        )
        async with pool.acquire() as connection:
            assert [tuple(row) for row in await connection.fetch(kept)] == [(3, 0)]


async def test_without_generic_plans_each_statement_is_planned_for_its_arguments(shared_database_url: str) -> None:
    kept = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = 'SELECT $1::int + 2'"
    async with create_read_pool(shared_database_url, max_connections=1, generic_plans=False) as pool:
        for number in range(8):  # from the sixth on, PostgreSQL itself would choose the generic plan
            assert await pool.fetchval("SELECT $1::int + 2", number) == number + 2
        async with pool.acquire() as connection:
            assert [tuple(row) for row in await connection.fetch(kept)] == [(0, 8)]


async def test_what_takes_too_long_is_cancelled(shared_database_url: str) -> None:
    async with create_read_pool(shared_database_url, statement_timeout=0.05) as pool:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.fetchval("SELECT pg_sleep(5)")
    engine = create_write_engine(shared_database_url, statement_timeout=0.05)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text("SELECT pg_sleep(5)"))
    await engine.dispose()


async def test_both_recover_when_their_connections_were_cut(shared_database_url: str) -> None:
    cut = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name LIKE 'portico %'"""
    engine = create_write_engine(shared_database_url, max_connections=1)
    async with create_read_pool(shared_database_url, max_connections=1) as pool:
        assert await pool.fetchval("SELECT 1") == 1
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar() == 1
        other = await asyncpg.connect(shared_database_url)
        await other.execute(cut)
        await other.close()
        # One statement may meet the cut, in the form that `run_in_transaction` expects; the next must not.
        met: list[DBAPIError] = []
        try:
            async with engine.connect() as connection:
                assert (await connection.execute(text("SELECT 2"))).scalar() == 2
        except DBAPIError as error:
            met.append(error)
        assert all(error.connection_invalidated for error in met)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 3"))).scalar() == 3
        with suppress(asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError):
            await pool.fetchval("SELECT 2")
        assert await pool.fetchval("SELECT 3") == 3
    await engine.dispose()


async def test_they_open_without_a_database() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    engine = create_write_engine(nowhere)
    async with create_read_pool(nowhere) as pool:
        with pytest.raises(OSError, match="Connect call failed"):
            await pool.fetchval("SELECT 1")
    with pytest.raises(OSError, match="Connect call failed"):
        await engine.connect()
    await engine.dispose()


@pytest.mark.parametrize("url", ["mysql://root:geheim@db/x", "geheim", "", "sqlite:///geheim"])
def test_another_kind_of_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="begins with postgresql://") as refused:
        normalize_url(url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("password", ["pa/ss", "pa?ss", "pa#ss", "5/ss", "5#ss", "pa:5/@ss"])
def test_a_password_that_is_not_encoded_is_no_host(password: str) -> None:
    """Else the host would be the user and a part of the password, which logs and metrics name."""
    with pytest.raises(
        ValueError, match=r"^a database URL has hosts with ports that are numbers; .* / is written as %2F"
    ):
        normalize_url(f"postgresql://portico:{password}@pg-1.internal:5432/portico")


@pytest.mark.parametrize(
    "rest",
    [
        "portico:pa%2Fss@pg-1.internal,pg-2.internal:5433/portico?target_session_attrs=primary",
        "portico:p@ss@[::1]:5432/portico",
        "postgres:@/postgres?host=/folder",
        "/portico?host=pg-1&user=portico@azure",
        "pg-1",
    ],
)
def test_urls_with_hosts_are_accepted(rest: str) -> None:
    assert normalize_url(f"postgres://{rest}") == f"postgresql://{rest}"
