"""What the driver looks up about PostgreSQL's own types is looked up once in a process, and of other types always."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from app.database.sessions import Sessions
from resolvers import built_in_types
from resolvers.built_in_types import FIRST_OTHER_OID, MAX_LOOKUPS, remember, remembered
from resolvers.driver_connection import DriverConnection

IDS = [UUID(int=1), UUID(int=2)]
MOODS = "CREATE TYPE mood AS ENUM ('calm')"


@pytest.fixture(autouse=True)
def _remembers_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built_in_types, "_lookups", {})


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[DriverConnection, list[str]]]:
    """A connection, and the statements that it will have run to look types up."""
    lookups: list[str] = []

    def log(query: asyncpg.connection.LoggedQuery) -> None:
        if "typeinfo" in query.query:
            lookups.append(query.query)

    connection = await asyncpg.connect(url, connection_class=DriverConnection)
    try:
        connection.add_query_logger(log)
        yield connection, lookups
    finally:
        await connection.close()


async def test_the_first_connection_looks_an_array_of_ids_up_for_all(database_url: str) -> None:
    for number in range(3):
        async with opened(database_url) as (connection, lookups):
            assert await connection.fetchval("SELECT $1::uuid[]", IDS) == IDS
            assert len(lookups) == (number == 0)


async def test_each_statement_finds_its_own_types(database_url: str) -> None:
    texts = ["a", "b"]
    for _ in range(2):
        async with opened(database_url) as (connection, _lookups):
            assert await connection.fetchval("SELECT $1::text[]", texts) == texts
            row = await connection.fetchrow("SELECT $1::uuid[], $2::text[], $3::float8[]", IDS, texts, [1.5])
            assert list(row) == [IDS, texts, [1.5]]
            assert await connection.fetchval("SELECT '[1,3)'::int4range") == asyncpg.Range(1, 3)


async def test_a_type_of_the_database_is_looked_up_by_each_connection(database_url: str) -> None:
    for value in ("calm", "angry"):
        async with opened(database_url) as (connection, lookups):
            await connection.execute(f"DROP TYPE IF EXISTS mood; {MOODS}; ALTER TYPE mood ADD VALUE 'angry'")
            assert await connection.fetchval("SELECT $1::mood[]", [value]) == [value]
            assert len(lookups) == 1


async def test_the_sessions_of_the_application_share_what_they_find(database_url: str) -> None:
    for number in range(2):
        session = await Sessions(database_url, {}).open()
        try:
            assert (not built_in_types._lookups) == (number == 0)
            assert await session.fetchval("SELECT $1::uuid[]", IDS) == IDS
        finally:
            await session.close()
    assert len(built_in_types._lookups) == 1


def test_few_are_remembered_and_only_of_types_with_ids_that_never_change() -> None:
    remember([FIRST_OTHER_OID], ["a row"])
    remember([FIRST_OTHER_OID - 1, FIRST_OTHER_OID], ["a row"])
    remember([], [])
    assert built_in_types._lookups == {}
    for number in range(MAX_LOOKUPS + 10):
        remember([number, number + 1], [number])
    assert len(built_in_types._lookups) == MAX_LOOKUPS
    assert remembered({1, 0}) == [0]
    assert remembered([1]) is None
