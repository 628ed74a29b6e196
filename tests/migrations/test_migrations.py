"""The migrations make what the models say, and what only the database can hold: versions, folding, append-only."""

import asyncio
import re
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

import migrations
from app.database.pools import create_write_engine
from models import Base

pytestmark = pytest.mark.invariant("organization_border")

CATALOG = {
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'""",
}


def in_order(value: object) -> object:
    """A list of words that a check allows, in alphabetical order: migrations add words at its end."""
    if not isinstance(value, str):
        return value
    return re.sub(r"ARRAY\[('[^\]]*)\]", lambda found: f"ARRAY[{', '.join(sorted(found[1].split(', ')))}]", value)


async def catalog(connection: AsyncConnection) -> dict[str, set[tuple[object, ...]]]:
    """What the database says of its tables, without Alembic's own."""
    found = {}
    for name, query in CATALOG.items():
        rows = (await connection.execute(text(query))).all()
        found[name] = {tuple(map(in_order, row)) for row in rows if row[0] != "alembic_version"}
    return found


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrated_database_matches_the_models(database_url: str) -> None:
    engine = create_write_engine(database_url)
    async with engine.connect() as connection:
        assert await migrations.current(connection) == migrations.head()
        assert await connection.run_sync(differences) == []
        migrated = await catalog(connection)
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        made_by_models = await catalog(connection)
        await connection.rollback()
    await engine.dispose()
    assert migrated == made_by_models


async def test_concurrent_migrations_wait_for_each_other(server_url: str, database_url: str) -> None:
    engine = create_write_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    runs = await asyncio.gather(*(migrations.upgrade(engine) for _ in range(3)))
    await engine.dispose()
    head = migrations.head()
    assert sorted(runs, key=str) == [(head, head), (head, head), (None, head)]


@pytest.fixture
async def connection(database_url: str) -> object:
    """A bare connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


class Example:
    """An organization with two users and an account, and what their versions are."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.organization, self.account, self.ada, self.ben = (uuid4() for _ in range(4))

    async def insert(self) -> None:
        """Insert them."""
        execute = self.connection.execute
        await execute("INSERT INTO organizations (id, name) VALUES ($1, 'ACME')", self.organization)
        for user, email in ((self.ada, "ada@acme.example"), (self.ben, "ben@acme.example")):
            await execute(
                "INSERT INTO users (id, organization_id, email) VALUES ($1, $2, $3)", user, self.organization, email
            )
        accounts = "INSERT INTO {} (id, organization_id, name) VALUES ($1, $2, 'South')"
        await execute(accounts.format("contract_accounts"), self.account, self.organization)
        await execute(accounts.format("delivery_accounts"), self.account, self.organization)

    async def versions(self) -> tuple[int, int]:
        """The versions of Ada and Ben."""
        rows = {row["id"]: row["version"] for row in await self.connection.fetch("SELECT id, version FROM users")}
        return rows[self.ada], rows[self.ben]


@pytest.fixture
async def example(connection: asyncpg.Connection) -> Example:
    """The example, inserted."""
    example = Example(connection)
    await example.insert()
    return example


async def test_every_change_of_a_user_increments_the_version(example: Example) -> None:
    assert await example.versions() == (1, 1)
    before = await example.connection.fetchval("SELECT updated_at FROM users WHERE id = $1", example.ada)
    await example.connection.execute("UPDATE users SET first_name = 'Ada' WHERE id = $1", example.ada)
    assert await example.versions() == (2, 1)
    await example.connection.execute("UPDATE users SET version = 1 WHERE id = $1", example.ada)
    assert await example.versions() == (3, 1)
    assert await example.connection.fetchval("SELECT updated_at FROM users WHERE id = $1", example.ada) > before


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("contract_grants", "contract_account_id", None),
        ("delivery_grants", "delivery_account_id", None),
        ("user_permissions", "permission", "BILLING_VIEW"),
    ],
)
async def test_every_change_of_access_increments_the_version(
    example: Example, table: str, column: str, value: str | UUID | None
) -> None:
    execute, organization = example.connection.execute, example.organization
    granted = value or example.account
    insert = f"INSERT INTO {table} (user_id, organization_id, {column}) VALUES ($1, $2, $3), ($4, $2, $3)"
    await execute(insert, example.ada, organization, granted, example.ben)
    assert await example.versions() == (2, 2)
    await execute(f"UPDATE {table} SET created_at = now() WHERE user_id = $1", example.ada)
    assert await example.versions() == (3, 2)
    await execute(f"DELETE FROM {table} WHERE user_id = $1", example.ben)
    assert await example.versions() == (3, 3)
    await execute(f"UPDATE {table} SET user_id = $2 WHERE user_id = $1", example.ada, example.ben)
    assert await example.versions() == (4, 4)


async def test_deleting_an_account_increments_the_version_of_its_users(example: Example) -> None:
    await example.connection.execute(
        "INSERT INTO contract_grants (user_id, organization_id, contract_account_id) VALUES ($1, $2, $3)",
        example.ada,
        example.organization,
        example.account,
    )
    await example.connection.execute("DELETE FROM contract_accounts")
    assert await example.versions() == (3, 1)


async def test_audit_events_are_append_only(connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO audit_events (id, kind) VALUES ($1, 'user.created')", uuid4())
    for statement in ("UPDATE audit_events SET request_id = 'x'", "DELETE FROM audit_events"):
        with pytest.raises(asyncpg.RestrictViolationError, match="only ever added"):
            await connection.execute(statement)


async def test_trigger_functions_know_the_shards_of_their_tables(connection: asyncpg.Connection) -> None:
    """A distributed database gives the name of the shard, such as `audit_events_102031`."""
    compares = "SELECT proname FROM pg_proc WHERE prosrc ~ 'TG_(TABLE_|REL)NAME *(=|<>|!=|IN|LIKE)'"
    assert await connection.fetch(f"{compares} AND pronamespace = 'public'::regnamespace") == []


async def test_postgresql_expects_no_table_to_stay_empty(connection: asyncpg.Connection) -> None:
    """It would read whole what fills up after the migrations, in every plan made before the next ANALYZE."""
    known_as_empty = "SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND reltuples = 0"
    assert await connection.fetch(known_as_empty) == []


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("ACME South", "acme south"),
        ("Zürich", "zurich"),
        ("Zu\u0308rich", "zurich"),
        ("ŁÓDŹ", "lodz"),
        ("Øresund", "oresund"),
        ("İstanbul", "istanbul"),
        ("ΑΘΗΝΑΣ", "αθηνασ"),
        ("Αθήνας", "αθηνασ"),
        ("Київ", "киів".replace("і", "і")),
        ("ＡＣＭＥ ﬁ", "acme fi"),
        ("東京", "東京"),
        ("", ""),
    ],
)
async def test_names_fold_without_case_and_accents(connection: asyncpg.Connection, name: str, folded: str) -> None:
    assert await connection.fetchval("SELECT fold($1)", name) == folded


async def test_folding_null_returns_null(connection: asyncpg.Connection) -> None:
    assert await connection.fetchval("SELECT fold(NULL)") is None
