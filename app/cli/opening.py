"""What `portico serve` does before it serves, with one process or several: opens the sockets, prepares the database.
And how its processes end."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from logging import getLogger
from typing import Final, NoReturn

from app import logging
from app.cli.banner import banner_text
from app.cli.demo import load_example
from app.cli.migrate import upgrade_database
from app.database.direct_connection import check_pooler
from app.database.errors import UnsuitableConnection
from app.database.log_text import describe
from app.database.replication.handover import Takeover
from app.database.replication.start import can_be_written_to
from app.http.errors import HttpCode, code_of
from app.server.sockets import listening
from app.settings import Settings
from app.takeover import take_over_if_away
from app.workers.connection_budget import check_connections

BACK_SECONDS: Final = 2.0
"""How often a server that was started while the primary was away asks whether that is back."""

log = getLogger("portico")


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


async def prepare(settings: Settings) -> Takeover | None:
    """Prepare the database. If the primary is away, and another process was reading from replicas, return what is to be
    taken over from that instead: then `prepare_when_back` does what is left. Raises PrimaryAway if nothing can be."""
    takeover = await take_over_if_away(settings)
    if takeover is None:
        await prepare_primary(settings)
    return takeover


async def prepare_primary(settings: Settings) -> None:
    """Migrate the database, load the example data if the settings say so, and check that PostgreSQL allows as many
    connections as the server may open. First, check that the address with a pooler is that of the same database, and
    that the pooler is suitable."""
    if settings.shares_sessions():
        await check_pooler(settings.request_database(), settings.database())
    await upgrade_database(settings)
    if settings.demo:
        await load_example(settings)
    await check_connections(settings)


async def prepare_when_back(settings: Settings) -> None:
    """Wait until the primary is back, and then prepare the database as a start does. Raises the errors of a start that
    would have been refused."""
    last = ""
    while True:
        await asyncio.sleep(BACK_SECONDS)
        if not await can_be_written_to(settings.database()):
            continue
        try:
            # In a thread, because looking through the migrations takes tenths of a second.
            await asyncio.to_thread(lambda: asyncio.run(prepare_primary(settings)))
        except Exception as error:
            refuses = isinstance(error, UnsuitableConnection) or code_of(error) is not HttpCode.UNAVAILABLE
            # During a failover, the address may have led to a replica for a moment, or a pooler to nothing.
            if refuses and await can_be_written_to(settings.database()):
                raise
            if (reason := describe(error)) != last:
                log.warning("The primary is back, but could not be checked yet: %s", reason)
            last = reason
        else:
            log.info("The primary is back: the database has been checked as at a start.")
            return


def print_banner(settings: Settings) -> None:
    """Print the banner to standard output, without waiting for its reader."""
    logging.write_in_background(logging.STANDARD_OUTPUT, banner_text(settings) + "\n")
