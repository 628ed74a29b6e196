"""The database of a command: the one of DATABASE_URL, or the embedded one while the command runs."""

import logging
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app import embedded
from app.cli.output import load_policy_with_progress
from app.data_folder import is_former_default, policy_check_cache, todays_name
from app.database.pools import create_write_engine
from app.policy.history import policy_of
from app.settings import Settings
from authz.policy import Policy
from resolvers.policy_analysis.history import rollback_in_effect
from resolvers.prepared_statement import single_statements
from resolvers.transaction.context import MutationContext

log = logging.getLogger("portico")


@contextmanager
def open_database(settings: Settings, options: Mapping[str, str] | None = None) -> Iterator[Settings]:
    """Yield `settings` with the URL of a database that runs while the block does. `options` are settings of the
    embedded PostgreSQL, if this process starts it."""
    _note_former_data_folder(settings)
    if settings.database_url is not None:
        yield settings
        return
    # Without this handler, SIGTERM would end the process at once, without leaving the block.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with embedded.running(settings.data_dir, options) as url:
        yield settings.with_database(url)


def _note_former_data_folder(settings: Settings) -> None:
    """Say on standard error that the data folder was found under the name that a former version gave it."""
    folder = settings.data_dir
    if "data_dir" in settings.model_fields_set or not is_former_default(folder):
        return
    note = (
        f"Using the data folder {folder} of a former version, whose name depends on the virtual environment. To rename "
        f"it, stop everything that uses it: mv {folder} {todays_name(folder)}"
    )
    if settings.log_format == "json":
        log.warning(note)
    else:
        typer.echo(note, err=True)


def is_missing(settings: Settings) -> bool:
    """Whether the database is the embedded one and hasn't been created yet: `open_database` would create it."""
    return settings.database_url is None and not embedded.exists(settings.data_dir)


@asynccontextmanager
async def open_mutation_context(settings: Settings) -> AsyncIterator[MutationContext]:
    """Yield the context for a command's mutations, on one connection that stays open while the block runs."""
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        yield await mutation_context(settings, engine)
    finally:
        await engine.dispose()


async def mutation_context(settings: Settings, engine: AsyncEngine) -> MutationContext:
    """The context for a command's mutations on the connections of `engine`."""
    policy = await load_policy_in_force(engine, settings)
    domain, lifetimes = settings.mail_domain(), settings.lifetimes()
    return MutationContext(engine, policy, settings.key(), mail_domain=domain, lifetimes=lifetimes)


async def load_policy_in_force(engine: AsyncEngine, settings: Settings) -> Policy:
    """The policy that servers on this database run: that of the rollback in effect, else the file's."""
    async with single_statements(engine) as connection:
        rollback = await rollback_in_effect(connection)
    if rollback is None:
        return load_policy_with_progress(settings)
    return policy_of(rollback.stored, settings.policy, policy_check_cache(settings.data_dir))
