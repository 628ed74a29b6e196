"""The database of a command: the one of DATABASE_URL, or the embedded one for as long as the command runs."""

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from app import embedded
from app.database.pools import writing_engine
from app.policy.policy_file import policy_of
from app.settings import Settings
from resolvers.transaction.unit_of_work import MutationContext


@contextmanager
def database_of(settings: Settings) -> Iterator[Settings]:
    """The settings with the URL of a database that runs while the block does."""
    if settings.database_url is not None:
        yield settings
        return
    # Without it the process would die at once, and not leave the block.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with embedded.running(settings.data_dir) as url:
        yield settings.with_database(url)


@asynccontextmanager
async def writing_of(settings: Settings) -> AsyncIterator[MutationContext]:
    """What a mutation of a command needs, on one connection, for as long as the block runs."""
    engine = writing_engine(settings.database(), size=1)
    try:
        yield MutationContext(engine, policy_of(settings), settings.key())
    finally:
        await engine.dispose()
