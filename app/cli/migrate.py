"""`portico migrate`."""

import asyncio
import logging

import typer

import migrations
from app.cli.database import open_database
from app.database.pools import create_write_engine
from app.settings import Settings, load

log = logging.getLogger("portico")


def migrate() -> None:
    """Migrate the database to the newest schema. Safe to repeat, and to run on several machines at once."""
    with open_database(load()) as settings:
        before, after = asyncio.run(upgrade_database(settings))
    typer.echo(
        f"The database is already at {after}." if before == after else f"Migrated: {before or 'empty'} -> {after}"
    )


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Migrate the database. Returns the revisions before and after."""
    # A migration may take longer than any statement of a running server.
    engine = create_write_engine(settings.database(), statement_timeout=0)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        before, after = await migrations.upgrade(engine)
    except OSError as error:
        raise OSError(f"can't reach the database (DATABASE_URL): {error}") from error
    finally:
        await engine.dispose()
    if before != after:
        log.info("Migrated the database: %s -> %s", before or "empty", after)
    return before, after
