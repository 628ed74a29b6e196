"""A session for reads keeps a bounded number of statements prepared, and wears out."""

from collections.abc import AsyncIterator

import pytest

from app.database import read_session
from app.database.read_session import ReadSession
from app.database.sessions import Sessions

PREPARED = "SELECT statement FROM pg_prepared_statements"


@pytest.fixture
async def session(shared_database_url: str) -> AsyncIterator[ReadSession]:
    connection = await Sessions(shared_database_url, {}).open()
    yield ReadSession(connection)
    await connection.close()


async def prepared(session: ReadSession) -> set[str]:
    """The statements of the session that PostgreSQL keeps."""
    return {row["statement"] for row in await session.connection.fetch(PREPARED)}


def statement(number: int, characters: int = 1_000) -> str:
    """One of many statements."""
    return f"SELECT {number} /* {'x' * characters} */"


async def test_statements_stay_prepared_within_bounds_of_number(
    session: ReadSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_session, "MAX_STATEMENTS", 3)
    for number in (0, 1, 2, 0, 3):
        assert await session.fetchval(statement(number), []) == number
    kept = await prepared(session)
    assert [statement(number) in kept for number in range(4)] == [True, False, True, True]


async def test_statements_stay_prepared_within_bounds_of_size(
    session: ReadSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_session, "MAX_CHARACTERS", 25_000)
    for number in range(6):
        await session.fetchval(statement(number, 10_000), [])
    kept = await prepared(session)
    assert [statement(number, 10_000) in kept for number in range(6)] == [False] * 4 + [True] * 2


async def test_a_session_wears_out_by_the_characters_that_it_prepares_and_not_by_what_it_repeats(
    session: ReadSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_session, "WORN_CHARACTERS", 5_000)
    for _ in range(20):
        await session.fetchval(statement(0), [])
    assert not session.worn
    for number in range(1, 6):
        await session.fetchval(statement(number), [])
    assert session.worn


async def test_one_large_statement_wears_a_session_out(session: ReadSession) -> None:
    large = statement(1, read_session.LARGE_STATEMENT)
    assert await session.fetchval(large, []) == 1
    assert session.worn
    await session.fetchval(statement(2), [])
    assert large not in await prepared(session)


async def test_a_statement_is_prepared_again_after_the_schema_has_changed(
    session: ReadSession, database_url: str
) -> None:
    connection = await Sessions(database_url, {}).open()
    changing = ReadSession(connection)
    await connection.execute("CREATE TABLE changing (value integer)")
    await connection.execute("INSERT INTO changing VALUES (1)")
    assert await changing.fetchval("SELECT * FROM changing", []) == 1
    await connection.execute("ALTER TABLE changing ALTER value TYPE text")
    assert await changing.fetchval("SELECT * FROM changing", []) == "1"
    await connection.close()


async def test_a_statement_can_be_planned_for_its_arguments(shared_database_url: str) -> None:
    connection = await Sessions(shared_database_url, {"plan_cache_mode": "force_generic_plan"}).open()
    session, sql = ReadSession(connection), "SELECT $1::integer"
    for plan_anew in (False, True, True, False):
        await session.fetchval(sql, [1], plan_anew=plan_anew)
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
    assert tuple(await connection.fetchrow(plans, sql)) == (2, 2)
    await connection.close()
