"""What `portico serve` does: opens the socket, prepares the database, serves, and ends the process."""

import asyncio
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NoReturn

from app import logging
from app.application import create_application
from app.cli.banner import banner_text
from app.cli.database import open_database
from app.cli.demo import load_example
from app.cli.migrate import upgrade_database
from app.cli.output import load_policy_with_progress
from app.data_folder import policy_check_cache
from app.monitoring.sources import Listening
from app.server.server import Server, ServerConfig
from app.server.sockets import listening
from app.settings import Settings, load
from authz.policy import Policy
from resolvers.garbage import Freezer

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter lock when the event loop waits for it. A request takes the lock about ten
times, so with Python's default of 5 ms a busy thread would delay it by 50 ms."""

OTHER_FILES = 200
"""How many files a server needs beside the connections of its clients: those to the database, logs, and so on."""


def serve_until_stopped(host: str | None, port: int | None, demo: bool) -> NoReturn:
    """Migrate the database, serve until a signal comes, and end the process."""
    settings = load(host=host, port=port, demo=demo or None)
    logging.configure(settings.log_level, settings.log_format)
    status = 0
    try:
        with listeners(settings) as (listener, metrics), suppress(KeyboardInterrupt):
            # What is open is closed by leaving blocks, so a signal must not end the process by itself.
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
            logging.log_failures()
            policy = load_policy_with_progress(settings)
            settings = settings.model_copy(update={"port": listener.getsockname()[1]})
            with open_database(settings) as settings:
                asyncio.run(prepare(settings))
                run(settings, policy, listener, metrics)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else bool(end.code)
    end_process(status)


def end_process(status: int) -> NoReturn:
    """Write the last log lines, and end the process at once: the interpreter would take seconds to free the policy."""
    logging.close()
    os._exit(status)


@contextmanager
def listeners(settings: Settings) -> Iterator[tuple[socket.socket, socket.socket | None]]:
    """The listening sockets, for clients and for Prometheus, until the end of the block. Opened first, so that a port
    in use is reported before anything is started."""
    with ExitStack() as stack:
        clients = stack.enter_context(listening(settings.host, settings.port))
        metrics = None
        if settings.metrics_port is not None:
            metrics = stack.enter_context(listening(settings.metrics_host, settings.metrics_port))
        yield clients, metrics


async def prepare(settings: Settings) -> None:
    """Migrate the database, and load the example data if the settings say so."""
    await upgrade_database(settings)
    if settings.demo:
        await load_example(settings)


def run(settings: Settings, policy: Policy, listener: socket.socket, metrics: socket.socket | None) -> None:
    """Serve until SIGINT or SIGTERM; requests in progress then get a few seconds."""
    sys.setswitchinterval(SWITCH_SECONDS)
    allow_open_files(settings.max_connections + OTHER_FILES)
    application = create_application(settings, policy, policy_check_cache(settings.data_dir), Freezer())
    config = ServerConfig(application, settings)
    server = Server(config, lambda: print_banner(settings))
    application.listening = Listening(lambda: len(server.server_state.connections), config.refusals.total, metrics)
    server.run(sockets=[listener])


def allow_open_files(number: int) -> None:
    """Raise the limit of open files to `number` where the system allows it: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (resource.RLIM_INFINITY, hard) and soft < number:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (number if hard == resource.RLIM_INFINITY else min(number, hard), hard)
        )


def print_banner(settings: Settings) -> None:
    """Print the banner to standard output, without waiting for its reader."""
    logging.write_in_background(logging.STANDARD_OUTPUT, banner_text(settings) + "\n")
