"""Migrations run while servers use the tables: no wait for a lock is long, and a failed try is repeated."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial

import asyncpg
import pytest
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from app.database.pools import create_write_engine
from migrations import compatibility, online, scripts, upgrading
from tests.support.migrations.example import TABLE, migration

VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('by_name')"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to an empty, migrated database, with one more table."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(TABLE)
    yield connection
    await connection.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the same database."""
    engine = create_write_engine(database_url)
    yield engine
    await engine.dispose()


async def run(engine: AsyncEngine, upgrade: Callable[[], None]) -> None:
    def in_migration(sync: Connection) -> None:
        with migration(sync):
            upgrade()

    async with engine.connect() as connection:
        await connection.run_sync(in_migration)


async def test_an_index_is_built_while_rows_are_written(connection: asyncpg.Connection, engine: AsyncEngine) -> None:
    async with asyncio.timeout(60):
        await connection.execute("BEGIN; INSERT INTO things (id, name) VALUES (1, 'a')")
        building = asyncio.create_task(run(engine, lambda: online.create_index("by_name", "things", ["name"])))
        await asyncio.sleep(0.2)
        # It waits for this transaction, but keeps nobody from writing.
        await connection.execute("INSERT INTO things (id, name) VALUES (2, 'b'); COMMIT")
        await building
    assert await connection.fetchval(VALID) is True


async def test_an_invalid_index_of_a_failed_try_is_built_again(
    connection: asyncpg.Connection, engine: AsyncEngine
) -> None:
    await connection.execute("INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'a')")
    with suppress(DBAPIError):
        await run(engine, lambda: online.create_index("by_name", "things", ["name"], unique=True))
    assert await connection.fetchval(VALID) is False
    await connection.execute("DELETE FROM things WHERE id = 2")
    for _ in range(2):
        await run(engine, lambda: online.create_index("by_name", "things", ["name"], unique=True))
        assert await connection.fetchval(VALID) is True


async def test_a_table_is_analyzed_once_it_has_rows(connection: asyncpg.Connection, engine: AsyncEngine) -> None:
    expected = "SELECT reltuples FROM pg_class WHERE oid = to_regclass('things')"
    await run(engine, lambda: online.analyze("things"))
    assert await connection.fetchval(expected) == -1, "unknown"
    await connection.execute("INSERT INTO things (id) VALUES (1), (2)")
    await run(engine, lambda: online.analyze("things"))
    assert await connection.fetchval(expected) == 2


async def test_a_check_is_replaced_and_validated(connection: asyncpg.Connection, engine: AsyncEngine) -> None:
    await connection.execute("INSERT INTO things (id, size) VALUES (1, 5)")
    for condition in ("size < 6", "size < 60"):
        await run(engine, partial(online.replace_check, "things", "is_small", condition))
    await connection.execute("UPDATE things SET size = 59")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE things SET size = 60")
    assert await connection.fetchval("SELECT convalidated FROM pg_constraint WHERE conname = 'is_small'")


async def test_a_check_that_rows_break_is_an_error_and_can_be_repeated(
    connection: asyncpg.Connection, engine: AsyncEngine
) -> None:
    await connection.execute("INSERT INTO things (id, size) VALUES (1, 70)")
    with pytest.raises(DBAPIError):
        await run(engine, lambda: online.replace_check("things", "is_small", "size < 60"))
    await connection.execute("DELETE FROM things")
    await run(engine, lambda: online.replace_check("things", "is_small", "size < 60"))


async def test_words_are_added_to_a_check_and_taken_from_it(
    connection: asyncpg.Connection, engine: AsyncEngine
) -> None:
    await connection.execute("ALTER TABLE things ADD CONSTRAINT ck_things_name CHECK (name IN ('a', 'b'))")
    for _ in range(2):
        await run(engine, lambda: online.allow_words("things", "name", ["b", "c"]))
    await connection.execute("INSERT INTO things (id, name) VALUES (1, 'c')")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("INSERT INTO things (id, name) VALUES (2, 'd')")
    await run(engine, lambda: online.forbid_words("things", "name", ["c"]))
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("INSERT INTO things (id, name) VALUES (3, 'c')")
    assert await connection.fetchval("SELECT name FROM things") == "c"


async def test_a_foreign_key_and_no_nulls(connection: asyncpg.Connection, engine: AsyncEngine) -> None:
    await connection.execute("INSERT INTO things (id, owner) VALUES (1, 1), (2, 1)")
    await run(engine, lambda: online.add_foreign_key("things", "owned", ["owner"], "things (id)"))
    await run(engine, lambda: online.set_not_null("things", "owner"))
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute("UPDATE things SET owner = 9")
    with pytest.raises(asyncpg.NotNullViolationError):
        await connection.execute("UPDATE things SET owner = NULL")
    assert await connection.fetch("SELECT FROM pg_constraint WHERE conname LIKE 'ck_things%'") == []


async def test_rows_are_changed_in_batches(connection: asyncpg.Connection, engine: AsyncEngine) -> None:
    await connection.execute("INSERT INTO things (id) SELECT generate_series(1, 95)")
    await run(engine, lambda: online.update_in_batches("things", "name = id", "name IS NULL", size=10))
    rows = await connection.fetch("SELECT id, name, xmin::text AS transaction FROM things")
    assert all(row["name"] == str(row["id"]) for row in rows)
    assert len({row["transaction"] for row in rows}) == 10


async def back_one(engine: AsyncEngine) -> tuple[str, str]:
    """Take back the newest migration. Returns the one before, and it."""
    last_but_one, last = (name for name, _ in migrations.pending(None)[-2:])
    await migrations.downgrade(engine, last_but_one)
    return last_but_one, last


async def test_a_migration_waits_for_a_lock_in_short_tries(
    connection: asyncpg.Connection,
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, last = await back_one(engine)
    monkeypatch.setattr(upgrading, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(upgrading, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(upgrading, "TRIES", 1000)
    caplog.set_level(logging.WARNING, "portico")
    async with asyncio.timeout(60):
        await connection.execute("SET application_name = 'a long report'")
        await connection.execute("BEGIN; LOCK TABLE alembic_version IN SHARE MODE")
        migrating = asyncio.create_task(migrations.upgrade(engine))
        while not any("got no lock" in record.message for record in caplog.records):
            await asyncio.sleep(0.02)
        await connection.execute("ROLLBACK")
        assert (await migrating)[1] == last
    assert "(a long report) is" in caplog.text


async def test_a_migration_that_gets_no_lock_fails_and_changes_nothing(
    connection: asyncpg.Connection, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_but_one, _ = await back_one(engine)
    monkeypatch.setattr(upgrading, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(upgrading, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(upgrading, "TRIES", 3)
    await connection.execute("BEGIN; LOCK TABLE alembic_version IN SHARE MODE")
    with pytest.raises(DBAPIError, match="lock timeout"):
        await migrations.upgrade(engine)
    await connection.execute("ROLLBACK")
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == last_but_one


async def test_whoever_waits_for_a_migration_does_not_stop_its_index(
    connection: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """A build of an index waits for all snapshots, and who waits for a lock in PostgreSQL has one."""
    async with asyncio.timeout(60):
        await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({upgrading.LOCK_KEY})")
        waiting = asyncio.create_task(migrations.upgrade(engine))
        await asyncio.sleep(0.5)
        await run(engine, lambda: online.create_index("by_name", "things", ["name"]))
        assert not waiting.done()
        await connection.execute("ROLLBACK")
        await waiting


async def test_a_migration_builds_an_index_while_it_keeps_others_from_migrating(
    connection: asyncpg.Connection, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction that holds the lock is open all the time, and must have no snapshot."""
    last_but_one, _ = await back_one(engine)

    def step(_step: object, sync: Connection, _revision: str) -> None:
        with migration(sync):
            online.create_index("by_name", "things", ["name"])

    monkeypatch.setattr(upgrading, "_run", step)
    async with asyncio.timeout(60):
        assert await migrations.upgrade(engine) == (last_but_one, last_but_one)
    assert await connection.fetchval(VALID) is True


async def test_waiting_for_another_process_ends(
    connection: asyncpg.Connection, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "OTHERS_SECONDS", 0.2)
    await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({upgrading.LOCK_KEY})")
    with pytest.raises(CommandError, match="another process has been migrating"):
        await migrations.upgrade(engine)
    await connection.execute("ROLLBACK")


async def floor(connection: asyncpg.Connection) -> str | None:
    return migrations.floor_in(await connection.fetchval(migrations.READ_FLOOR))


async def test_a_newer_database_is_left_alone_if_this_version_serves_on_it(
    connection: asyncpg.Connection, engine: AsyncEngine
) -> None:
    assert await floor(connection) == migrations.oldest_serving()
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert await migrations.upgrade(engine) == ("9999", "9999")
    comment = "Portico serves on this schema if it has the migration 9998."
    await connection.execute(f"COMMENT ON TABLE alembic_version IS '{comment}'")
    with pytest.raises(CommandError, match="a version that has the migration 9998"):
        await migrations.upgrade(engine)


@pytest.mark.parametrize(
    ("revision", "needed", "serves"),
    [
        (scripts.head(), None, True),
        ("9999", compatibility.BASELINE, True),
        ("9999", "9998", False),
        ("9999", None, False),
        ("0001", compatibility.BASELINE, False),
        (None, None, False),
    ],
)
def test_which_databases_a_version_serves_on(revision: str | None, needed: str | None, serves: bool) -> None:
    assert migrations.can_serve(revision, needed) is serves
