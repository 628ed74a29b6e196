"""Migrates databases to revisions between the first and the newest."""

from alembic.script import ScriptDirectory

import migrations
from app.database.pools import create_write_engine
from migrations.scripts import alembic_config


def revision_before(revision: str) -> str:
    """The revision that the migration `revision` follows."""
    before = ScriptDirectory.from_config(alembic_config()).get_revision(revision).down_revision
    assert isinstance(before, str)
    return before


async def migrate_to(url: str, revision: str) -> None:
    """Upgrade a database to `revision` ("head" is the newest), or downgrade it."""
    engine = create_write_engine(url)
    try:
        if revision == "head":
            await migrations.upgrade(engine)
        else:
            await migrations.downgrade(engine, revision)
    finally:
        await engine.dispose()
