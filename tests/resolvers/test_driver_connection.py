"""A transaction can begin with a statement of its own, and only ids are written into one."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database.pools import create_write_engine
from resolvers.driver_connection import driver_connection, with_ids

ONE, TWO = UUID(int=1), UUID(int=2)


class Disguised(UUID):
    """An id whose text is something else."""

    def __str__(self) -> str:
        return "'; DROP TABLE users; --"


def test_ids_are_written_in_place_of_the_parameters() -> None:
    sql = with_ids("SELECT $2::UUID, $1::UUID, $3::UUID[], $10", [ONE, None, [ONE, TWO], *[TWO] * 7])
    assert sql == f"SELECT NULL::UUID, '{ONE}'::UUID, '{{{ONE},{TWO}}}'::UUID[], '{TWO}'"
    assert with_ids("SELECT $1", [Disguised(int=1)]) == f"SELECT '{ONE}'"


@pytest.mark.parametrize("value", ["text", 1, True, [ONE, "text"], (ONE,), b"bytes", object()])
def test_nothing_else_is_written(value: object) -> None:
    with pytest.raises(TypeError):
        with_ids("SELECT $1", [value])


async def test_a_transaction_begins_with_the_statement_and_only_that_one(database_url: str) -> None:
    engine = create_write_engine(database_url, max_connections=1)
    async with engine.connect() as connection:
        with (await driver_connection(connection)).beginning_with("CREATE TEMPORARY TABLE first () ON COMMIT DROP"):
            exists = text("SELECT to_regclass('first') IS NOT NULL")
            assert (await connection.execute(exists)).scalar()
        await connection.rollback()
        assert not (await connection.execute(exists)).scalar()
    await engine.dispose()


async def test_a_statement_whose_transaction_never_began_is_forgotten(database_url: str) -> None:
    engine = create_write_engine(database_url, max_connections=1)
    async with engine.connect() as connection:
        with (await driver_connection(connection)).beginning_with("SELECT 1 / 0"):
            pass
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()


async def test_a_first_statement_that_fails_leaves_the_connection_usable(database_url: str) -> None:
    """The same connection, without a transaction: a lock could not be had in time."""
    engine = create_write_engine(database_url, max_connections=1, statement_timeout=0.3)
    pid = text("SELECT pg_backend_pid()")
    async with engine.connect() as connection:
        before = (await connection.execute(pid)).scalar()
    async with engine.connect() as connection:
        with (
            (await driver_connection(connection)).beginning_with("SELECT pg_sleep(30)"),
            pytest.raises(DBAPIError, match="statement timeout") as failure,
        ):
            await connection.execute(text("SELECT 1"))
        assert not failure.value.connection_invalidated
        # Alone, so it would fail in a transaction.
        await (await driver_connection(connection)).execute("VACUUM alembic_version")
        assert (await connection.execute(pid)).scalar() == before
    await engine.dispose()


async def test_a_first_statement_that_is_cancelled_leaves_the_pool_usable(database_url: str) -> None:
    engine = create_write_engine(database_url, max_connections=1)

    async def wait() -> None:
        async with engine.connect() as connection:
            with (await driver_connection(connection)).beginning_with("SELECT pg_sleep(30)"):
                await connection.execute(text("SELECT 1"))

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with engine.connect() as connection:
        await (await driver_connection(connection)).execute("VACUUM alembic_version")
    await engine.dispose()
