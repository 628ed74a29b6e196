"""Migrates databases to revisions between the first and the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import migrations
from app.database.pools import create_write_engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config


def revision_before(revision: str) -> str:
    """The revision that the migration `revision` follows."""
    before = ScriptDirectory.from_config(_config()).get_revision(revision).down_revision
    assert isinstance(before, str)
    return before


async def migrate_to(url: str, revision: str) -> None:
    """Upgrade a database to `revision` ("head" is the newest), or downgrade it."""

    def run(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        move = command.upgrade if revision == "head" else command.downgrade
        move(config, revision)

    engine = create_write_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()
