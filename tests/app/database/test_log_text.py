"""What the log says about errors of the database: enough to find the cause, and no value of any statement."""

import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import StatementError
from sqlalchemy.types import TypeDecorator, Unicode

from app.database.log_text import SafeFormatter, describe, format_error
from app.database.pools import create_inspection_engine, create_write_engine

SECRET = "geheim-1234"

TABLE = """CREATE TABLE IF NOT EXISTS things (
  name text CONSTRAINT things_name UNIQUE, price numeric(2), CONSTRAINT no_minus CHECK (price >= 0)
)"""


class Picky(TypeDecorator[str]):
    """A type whose conversion fails, with the value in its message."""

    impl = Unicode
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Any) -> str:
        raise ValueError(f"unusable: {value}")


FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "UniqueViolationError (SQLSTATE 23505, table things, constraint things_name)": (
        "INSERT INTO things (name) VALUES (:value), (:value)",
        {"value": SECRET},
    ),
    "CheckViolationError (SQLSTATE 23514, table things, constraint no_minus)": (
        "INSERT INTO things (name, price) VALUES (:value, -1)",
        {"value": SECRET},
    ),
    "InvalidTextRepresentationError (SQLSTATE 22P02)": ("SELECT CAST(CAST(:value AS text) AS uuid)", {"value": SECRET}),
    "DataError (SQLSTATE 22000)": ("SELECT CAST(:value AS integer)", {"value": SECRET}),
    "RaiseError (SQLSTATE P0001)": (
        "DO $$ BEGIN RAISE EXCEPTION '%', 'geheim-' || '1234' USING DETAIL = 'geheim-' || '1234'; END $$",
        {},
    ),
}


async def error_of(work: Callable[[], Awaitable[Any]]) -> Exception:
    """The error that `work` raises."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError("nothing failed")


@pytest.fixture(params=FAILURES)
async def failure(request: pytest.FixtureRequest, shared_database_url: str) -> tuple[str, list[Exception]]:
    """What the log should say, and the error as SQLAlchemy and asyncpg raise it."""
    statement, values = FAILURES[request.param]
    engine = create_write_engine(shared_database_url)

    async def by_sqlalchemy() -> None:
        async with engine.begin() as connection:
            await connection.execute(text(statement), values)

    async def by_asyncpg() -> None:
        connection = await asyncpg.connect(shared_database_url)
        try:
            await connection.execute(statement.replace(":value", "$1"), *values.values())
        finally:
            await connection.close()

    async with engine.begin() as connection:
        await connection.execute(text(TABLE))
    errors = [await error_of(by_sqlalchemy), await error_of(by_asyncpg)]
    await engine.dispose()
    return request.param, errors


def formatted(message: str, *arguments: Any, error: BaseException | None = None, name: str = "portico") -> str:
    """A record as the handler of standard error writes it."""
    exc_info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord(name, logging.ERROR, "", 0, message, arguments, exc_info)
    # Another handler has already formatted it, as it does.
    logging.Formatter().format(record)
    return SafeFormatter("%(levelname)s %(message)s").format(record)


async def test_a_database_error_is_described_without_its_values(failure: tuple[str, list[Exception]]) -> None:
    expected, errors = failure
    for error in errors:
        assert describe(error).endswith(expected)
        for written in (
            formatted("It failed: %s", error),
            formatted("It failed", error=error),
            formatted("%(why)s", {"why": error}),
            formatted(error),  # type: ignore[arg-type]
        ):
            assert expected in written
            assert SECRET not in written


async def test_errors_around_it_do_not_repeat_its_values(failure: tuple[str, list[Exception]]) -> None:
    _, errors = failure
    for inner in errors:
        try:
            try:
                raise inner
            except Exception as caught:
                raise RuntimeError(f"could not store {caught}") from caught
        except RuntimeError as outer:
            written = formatted("It failed", error=ExceptionGroup("tasks", [outer, ValueError("x")]))
        assert SECRET not in written
        assert "RuntimeError" in written
        assert "error_of" in written, "the places of the code are there"


async def test_a_task_that_nobody_awaited_does_not_show_its_error(failure: tuple[str, list[Exception]]) -> None:
    for error in failure[1]:
        task = f"Task exception was never retrieved\nfuture: <Task finished exception={error!r} {SECRET}>"
        assert SECRET not in formatted(task, error=error, name="asyncio")


async def test_a_value_that_cannot_be_converted_is_not_written(shared_database_url: str) -> None:
    engine = create_write_engine(shared_database_url)
    statement = text("SELECT :value").bindparams(bindparam("value", type_=Picky()))

    async def run() -> None:
        async with engine.connect() as connection:
            await connection.execute(statement, {"value": SECRET})

    error = await error_of(run)
    await engine.dispose()
    assert isinstance(error, StatementError)
    assert SECRET in str(error)
    assert describe(error) == "StatementError: ValueError"
    assert SECRET not in format_error(error)


@pytest.mark.parametrize("create", [create_write_engine, create_inspection_engine])
async def test_no_engine_shows_parameters(shared_database_url: str, create: Callable[[str], Any]) -> None:
    engine = create(shared_database_url)

    async def run() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT CAST(:value AS text), 1 / 0"), {"value": SECRET})

    error = await error_of(run)
    await engine.dispose()
    assert SECRET not in str(error)


async def test_what_an_operator_needs_stays(shared_database_url: str) -> None:
    missing = await error_of(lambda: asyncpg.connect("postgresql://nobody@127.0.0.1:1/none"))
    assert "Connect call failed" in describe(missing)
    role = await error_of(lambda: asyncpg.connect(shared_database_url, user="nobody-here"))
    assert describe(role).endswith(': role "nobody-here" does not exist')
    assert describe(ValueError("a message")) == "ValueError: a message"
    assert describe(TimeoutError()) == "TimeoutError: no answer in time"
    assert describe(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_a_traceback_reads_like_pythons() -> None:
    try:
        raise KeyError("a")
    except KeyError:
        written = formatted("It failed", error=sys.exc_info()[1])
    assert written.startswith('ERROR It failed\nTraceback (most recent call last):\n  File "')
    assert written.endswith("KeyError: 'a'")
