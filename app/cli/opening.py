"""What `portico serve` does before it serves, with one process or several: opens the sockets, prepares the database.
And how its processes end."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NoReturn

from app import logging
from app.cli.banner import banner_text
from app.cli.demo import load_example
from app.cli.migrate import upgrade_database
from app.database.direct_connection import check_pooler
from app.database.replication.start import check_primary
from app.server.sockets import listening
from app.settings import Settings


def end_process(status: int) -> NoReturn:
    """Write the last log lines, and end the process at once: the interpreter would take seconds to free the policy."""
    logging.close()
    os._exit(status)


@contextmanager
def ends_by_signal() -> Iterator[list[int]]:
    """A block that SIGINT or SIGTERM leaves. Yields a list that then has the exit status."""
    status = [0]
    try:
        with suppress(KeyboardInterrupt):
            # What is open is closed by leaving blocks, so a signal must not end the process by itself.
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
            logging.log_failures()
            yield status
    except SystemExit as end:
        status[0] = end.code if isinstance(end.code, int) else bool(end.code)


@contextmanager
def listeners(settings: Settings) -> Iterator[tuple[socket.socket, list[socket.socket]]]:
    """The listening sockets, for clients, and one for Prometheus for each worker, until the end of the block. Opened
    first, so that a port in use is reported before anything is started."""
    with ExitStack() as stack:
        clients = stack.enter_context(listening(settings.host, settings.port))
        first = settings.metrics_port
        ports = [] if first is None else range(first, first + settings.workers)
        yield clients, [stack.enter_context(listening(settings.metrics_host, port)) for port in ports]


def at_port(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the port that was picked, if it was free to choose."""
    return settings.model_copy(update={"port": listener.getsockname()[1]})


async def check_start(settings: Settings) -> None:
    """Check that the primary can be reached, if the settings let reads go on without it: a process that started while
    the primary is away would take requests that only the other processes can answer. Raises PrimaryAway. With other
    settings, nothing is checked, because no process can answer requests then."""
    if settings.replicas() and settings.read_without_primary:
        await check_primary(settings.database())


async def prepare(settings: Settings) -> None:
    """Migrate the database, and load the example data if the settings say so. First, check that the address with a
    pooler is that of the same database, and that the pooler is suitable."""
    await check_start(settings)
    if settings.shares_sessions():
        await check_pooler(settings.request_database(), settings.database())
    await upgrade_database(settings)
    if settings.demo:
        await load_example(settings)


def print_banner(settings: Settings) -> None:
    """Print the banner to standard output, without waiting for its reader."""
    logging.write_in_background(logging.STANDARD_OUTPUT, banner_text(settings) + "\n")
