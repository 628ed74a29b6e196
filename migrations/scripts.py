"""The migrations of this code, and that of a database."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection


def alembic_config() -> Config:
    """The configuration that Alembic's commands take."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def newest_first() -> tuple[Script, ...]:
    """All migrations of this code, the newest first."""
    return tuple(ScriptDirectory.from_config(alembic_config()).walk_revisions())


def head() -> str:
    """The newest revision in this code."""
    return newest_first()[0].revision


def is_known(revision: str) -> bool:
    """Whether this code has the migration `revision`: it has not if a newer version of Portico wrote it."""
    return any(script.revision == revision for script in newest_first())


def pending(revision: str | None) -> list[tuple[str, str]]:
    """The migrations that a database at `revision` (None: empty) lacks, with their descriptions, oldest first.

    Raises ValueError if this code doesn't have that revision.
    """
    if revision is not None and not is_known(revision):
        raise ValueError(f"this code has no migration {revision}")
    lacking = []
    for script in newest_first():
        if script.revision == revision:
            break
        lacking.append((script.revision, script.doc))
    return lacking[::-1]


async def current(connection: AsyncConnection) -> str | None:
    """The revision of the database; None if it is empty."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
