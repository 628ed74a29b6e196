"""`portico migrate`."""

import asyncio
import logging
from typing import Annotated

import typer

import migrations
from app.cli.database import is_missing, open_database
from app.database.pools import create_inspection_engine, create_write_engine
from app.database.replication.replica import is_replica
from app.distribution.distribute import distribute_new_tables
from app.settings import Settings, SettingsError, load

log = logging.getLogger("portico")

CHECK_SECONDS = 30


Check = Annotated[
    bool, typer.Option("--check", help="Change nothing: list what is pending, and exit with 1 if anything is.")
]


def migrate(check: Check = False) -> None:
    """Migrate the database to the newest schema. Safe to repeat, and to run on several machines at once."""
    if check:
        _check()
        return
    with open_database(load()) as settings:
        before, after = asyncio.run(upgrade_database(settings))
    if not migrations.is_known(after):
        typer.echo(_newer(after))
    elif before == after:
        typer.echo(f"The database is already at {after}.")
    else:
        typer.echo(f"Migrated: {before or 'empty'} -> {after}")


def _newer(revision: str) -> str:
    return f"The database is at {revision}, of a newer Portico. This one serves on it; there is nothing to migrate."


def _check() -> None:
    settings = load()
    if is_missing(settings):
        revision = floor = None
    else:
        with open_database(settings) as settings:
            revision, floor = asyncio.run(_current_revision(settings))
    if revision is not None and not migrations.is_known(revision) and migrations.can_serve(revision, floor):
        typer.echo(_newer(revision))
        return
    try:
        pending = migrations.pending(revision)
    except ValueError:
        typer.echo(
            f"The database is of a newer Portico: it has the migration {revision}, this one {migrations.head()}."
        )
        raise typer.Exit(1) from None
    if not pending:
        typer.echo(f"The database is at {revision}, the newest migration.")
        return
    typer.echo(f"The database is {'empty' if revision is None else f'at {revision}'}. Pending:")
    for name, description in pending:
        typer.echo(f"  {name}  {description}")
    raise typer.Exit(1)


async def _current_revision(settings: Settings) -> tuple[str | None, str | None]:
    """The newest migration of the database, and the oldest that a version needs to serve on it."""
    engine = create_inspection_engine(settings.database(), statement_timeout=CHECK_SECONDS)
    try:
        async with engine.connect() as connection:
            return await migrations.current(connection), await migrations.read_floor(connection)
    except OSError as error:
        raise OSError(f"can't reach the database (DATABASE_URL): {error}") from error
    finally:
        await engine.dispose()


async def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Migrate the database. Returns the revisions before and after. Raises SettingsError for a read replica."""
    # A migration may take longer than any statement of a running server.
    engine = create_write_engine(settings.database(), statement_timeout=0)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        if await is_replica(engine):
            raise SettingsError(
                "DATABASE_URL: this PostgreSQL is a read replica, so nothing can be written to it: no sign-ins, no "
                "changes, no audit trail. Let DATABASE_URL name the primary, and PORTICO_READ_DATABASE_URL the replica."
            )
        before, after = await migrations.upgrade(engine)
        distributed = await distribute_new_tables(engine) if after == migrations.head() else ()
    except OSError as error:
        raise OSError(f"can't reach the database (DATABASE_URL): {error}") from error
    finally:
        await engine.dispose()
    if not migrations.is_known(after):
        log.warning("The database has the migration %s of a newer Portico, on which this one serves", after)
    elif before != after:
        log.info("Migrated the database: %s -> %s", before or "empty", after)
    for step in distributed:
        log.info("%s", step.description)
    return before, after
