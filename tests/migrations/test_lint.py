"""Migrations neither stop a service nor take away what the version before uses: those after the baseline are checked,
and each rule is shown to find a migration that breaks it."""

from collections.abc import AsyncIterator, Callable

import pytest
from alembic import command, op
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from app.database.pools import create_write_engine
from migrations import online
from migrations.compatibility import BASELINE
from migrations.scripts import newest_first
from migrations.upgrading import _run
from tests.support.databases import fresh_database
from tests.support.migrations.example import TABLE, migration
from tests.support.migrations.lint import BEGIN, RULES, Finding, Recording, lint, recording

BAD = {
    "adding-field-with-default": "ALTER TABLE things ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "adding-foreign-key-constraint": "ALTER TABLE things ADD FOREIGN KEY (owner) REFERENCES organizations (id)",
    "adding-not-nullable-field": "ALTER TABLE things ALTER COLUMN name SET NOT NULL",
    "adding-required-field": "ALTER TABLE things ADD COLUMN city text NOT NULL",
    "adding-serial-primary-key-field": "ALTER TABLE things ADD COLUMN number bigserial PRIMARY KEY",
    "ban-drop-column": "ALTER TABLE things DROP COLUMN size",
    "ban-drop-constraint": "ALTER TABLE things DROP CONSTRAINT things_pkey",
    "ban-drop-function": "DROP FUNCTION IF EXISTS fold(text)",
    "ban-drop-not-null": "ALTER TABLE things ALTER COLUMN size DROP NOT NULL",
    "ban-drop-table": "DROP TABLE things",
    "changing-column-type": "ALTER TABLE things ALTER COLUMN size TYPE bigint",
    "constraint-missing-not-valid": "ALTER TABLE things ADD CONSTRAINT is_small CHECK (size < 9)",
    "disallowed-unique-constraint": "ALTER TABLE things ADD UNIQUE (name)",
    "renaming-column": "ALTER TABLE things RENAME COLUMN name TO title",
    "renaming-table": "ALTER TABLE things RENAME TO objects",
    "require-concurrent-index-creation": "CREATE INDEX by_name ON things (name)",
    "require-concurrent-index-deletion": "DROP INDEX IF EXISTS by_name",
    "require-concurrent-reindex": "REINDEX TABLE things",
    "long-lock": "LOCK TABLE things",
    "unbatched-change": "UPDATE things SET name = upper(name)",
}
"""A statement for each rule."""

NOT_RUN = {"ban-drop-function", "adding-foreign-key-constraint", "adding-serial-primary-key-field"}
"""PostgreSQL itself rejects these on this table. The linter reads the statement all the same."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty, migrated database with one more table."""
    engine = create_write_engine(database_url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(TABLE)
    yield engine
    await engine.dispose()


@pytest.fixture
async def empty_database(server_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on an empty database."""
    with fresh_database(server_url, "template0") as url:
        engine = create_write_engine(url)
        yield engine
        await engine.dispose()


async def findings(engine: AsyncEngine, upgrade: Callable[[], None]) -> list[Finding]:
    def run(connection: Connection) -> list[Finding]:
        with recording(connection) as recorded, migration(connection):
            upgrade()
        return lint(recorded)

    async with engine.connect() as connection:
        return await connection.run_sync(run)


async def test_migrations_after_the_baseline_follow_the_rules(empty_database: AsyncEngine) -> None:
    engine = empty_database
    await migrations.upgrade(engine, BASELINE)
    broken = []
    for script in [script for script in newest_first() if script.revision > BASELINE][::-1]:

        def run(connection: Connection, revision: str = script.revision) -> list[Finding]:
            with recording(connection) as recorded:
                _run(command.upgrade, connection, revision)
            return lint(recorded)

        exemptions: dict[str, str] = getattr(script.module, "lint_exemptions", {})
        async with engine.connect() as connection:
            found = await connection.run_sync(run)
        broken += [f"{script.revision}: {finding}" for finding in found if finding.rule not in exemptions]
        unneeded = exemptions.keys() - {finding.rule for finding in found}
        broken += [f"{script.revision}: no statement breaks {rule}, which it is exempt from" for rule in unneeded]
    assert broken == [], "\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", [rule for rule in BAD if rule not in NOT_RUN])
async def test_a_migration_that_breaks_a_rule(engine: AsyncEngine, rule: str) -> None:
    assert rule in {finding.rule for finding in await findings(engine, lambda: op.execute(BAD[rule]))}


@pytest.mark.parametrize("rule", sorted(NOT_RUN))
def test_a_statement_that_breaks_a_rule(rule: str) -> None:
    assert rule in {finding.rule for finding in lint(Recording([BEGIN, BAD[rule]], inside=True))}


def test_each_rule_has_its_bad_migration() -> None:
    assert set(RULES) - BAD.keys() == {"syntax-error"}


async def test_validating_in_the_same_transaction(engine: AsyncEngine) -> None:
    def upgrade() -> None:
        op.execute("ALTER TABLE things ADD CONSTRAINT is_small CHECK (size < 9) NOT VALID")
        op.execute("ALTER TABLE things VALIDATE CONSTRAINT is_small")

    assert [each.rule for each in await findings(engine, upgrade)] == ["constraint-missing-not-valid"]


async def test_a_step_that_can_t_be_repeated(engine: AsyncEngine) -> None:
    def upgrade() -> None:
        op.execute("ALTER TABLE things ADD COLUMN color text")
        online.create_index("by_name", "things", ["name"])

    assert [each.rule for each in await findings(engine, upgrade)] == ["not-repeatable"]


def widen() -> None:
    """What an ordinary migration does: a table of its own, and a column that may be null or has a constant default."""
    op.execute("CREATE TABLE parts (id int PRIMARY KEY, thing int NOT NULL REFERENCES things (id), name text)")
    op.execute("CREATE INDEX parts_by_name ON parts (name)")
    op.execute("INSERT INTO parts SELECT id, id FROM things")
    op.execute("ALTER TABLE things ADD COLUMN color text, ADD COLUMN weight int DEFAULT 0 NOT NULL")


GOOD: dict[str, Callable[[], None]] = {
    "a new table and new columns": widen,
    "an index": lambda: online.create_index("by_name", "things", ["name"]),
    "an index less": lambda: online.drop_index("by_name"),
    "a check": lambda: online.replace_check("things", "is_small", "size < 9"),
    "a foreign key": lambda: online.add_foreign_key("things", "owned", ["owner"], "things (id) ON DELETE CASCADE"),
    "no nulls": lambda: online.set_not_null("things", "name"),
    "new values": lambda: online.update_in_batches("things", "name = 'x'", "name IS NULL"),
}


@pytest.mark.parametrize("name", GOOD)
async def test_a_migration_that_follows_the_rules(engine: AsyncEngine, name: str) -> None:
    assert await findings(engine, GOOD[name]) == []
