"""The database of a command: the one of DATABASE_URL, or the embedded one for as long as the command runs."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app import embedded
from app.settings import Settings


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
