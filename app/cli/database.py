"""The database of a command: the one of DATABASE_URL, or the embedded one while the command runs."""

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from app import embedded
from app.cli.output import load_policy_with_progress
from app.database.pools import create_write_engine
from app.settings import Settings
from resolvers.transaction.context import MutationContext


@contextmanager
def open_database(settings: Settings) -> Iterator[Settings]:
    """Yield `settings` with the URL of a database that runs while the block does."""
    if settings.database_url is not None:
        yield settings
        return
    # Without this handler, SIGTERM would end the process at once, without leaving the block.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with embedded.running(settings.data_dir) as url:
        yield settings.with_database(url)


@asynccontextmanager
async def open_mutation_context(settings: Settings) -> AsyncIterator[MutationContext]:
    """Yield the context for a command's mutations, on one connection that stays open while the block runs."""
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        yield MutationContext(engine, load_policy_with_progress(settings), settings.key())
    finally:
        await engine.dispose()
