"""`portico migrate`."""

import asyncio
import logging

import typer

import migrations
from app.cli.database import database_of
from app.database.pools import writing_engine
from app.settings import Settings, load

log = logging.getLogger("portico")


def migrate() -> None:
    """Bring the database to the newest schema. Safe to repeat, and to run from several machines at once."""
    with database_of(load()) as settings:
        before, after = asyncio.run(upgraded(settings))
    typer.echo(
        f"The database is at {after} already." if before == after else f"Migrated: {before or 'empty'} -> {after}"
    )


async def upgraded(settings: Settings) -> tuple[str | None, str]:
    """Migrate; the revisions before and after."""
    # A migration may rightly take longer than any statement of the running system.
    engine = writing_engine(settings.database(), statement_seconds=0)
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
