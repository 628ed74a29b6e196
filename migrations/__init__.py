"""Migrates the database schema to the newest revision (Alembic). Imports: models."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

LOCK_KEY = 0x706F727469636F  # "portico"; any number that nothing else uses in this database


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """The newest revision in this code."""
    (revision,) = ScriptDirectory.from_config(_config()).get_heads()
    return revision


def is_known(revision: str) -> bool:
    """Whether this code has the migration `revision`: it has not if a newer version of Portico wrote it."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def pending(revision: str | None) -> list[tuple[str, str]]:
    """The migrations that a database at `revision` (None: empty) lacks, with their descriptions, oldest first.

    Raises ValueError if this code doesn't have that revision.
    """
    if revision is not None and not is_known(revision):
        raise ValueError(f"this code has no migration {revision}")
    newest_first = []
    for script in ScriptDirectory.from_config(_config()).walk_revisions():
        if script.revision == revision:
            break
        newest_first.append((script.revision, script.doc))
    return newest_first[::-1]


async def current(connection: AsyncConnection) -> str | None:
    """The revision of the database; None if it is empty."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def upgrade(engine: AsyncEngine) -> tuple[str | None, str]:
    """Migrate the database to `head()` in one transaction, so that it succeeds or fails as a whole.

    Concurrent migrations wait for each other. Returns the revisions before and after.
    """
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        before = await current(connection)
        await connection.run_sync(_upgrade)
        return before, head()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
