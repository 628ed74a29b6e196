"""What `portico serve` does with one process: opens the socket, prepares the database, serves, and ends the process."""

import asyncio
import os
import resource
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

from app import logging
from app.application import Application, create_application
from app.cli.database import open_database
from app.cli.opening import at_port, end_process, ends_by_signal, listeners, prepare, prepare_when_back, print_banner
from app.cli.output import load_policy_with_progress
from app.data_folder import policy_check_cache
from app.database.replication.handover import Takeover
from app.monitoring.sources import Listening
from app.server.server import Server, ServerConfig
from app.service_manager import ServiceManager, service_manager
from app.settings import Settings
from authz.policy import Policy
from resolvers.garbage import Freezer

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter lock when the event loop waits for it. A request takes the lock about ten
times, so with Python's default of 5 ms a busy thread would delay it by 50 ms."""

OTHER_FILES = 200
"""How many files a server needs beside the connections of its clients: those to the database, logs, and so on."""


class SingleServer(Server):
    """The server of a process without workers. It reports its state to the service manager. If the database isn't
    prepared, because the primary is away, it is when that is back; `failure` then says why it couldn't be, and the
    server ends."""

    def __init__(
        self, application: Application, settings: Settings, manager: ServiceManager, *, is_prepared: bool = True
    ) -> None:
        super().__init__(ServerConfig(application, settings), self._on_ready)
        self._settings, self._manager, self._is_prepared = settings, manager, is_prepared
        self._tasks: list[asyncio.Task[None]] = []
        self.failure: Exception | None = None

    def _on_ready(self) -> None:
        print_banner(self._settings)
        self._manager.ready()
        self._tasks.append(asyncio.create_task(self._manager.report_alive()))
        if not self._is_prepared:
            self._tasks.append(asyncio.create_task(self._prepare_when_back()))

    async def _prepare_when_back(self) -> None:
        try:
            await prepare_when_back(self._settings)
        except Exception as error:  # noqa: BLE001
            self.failure = error
            self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the service manager, and begin to end."""
        self._manager.stopping()
        super().handle_exit(sig, frame)


def serve_until_stopped(settings: Settings) -> NoReturn:
    """Migrate the database, serve until a signal comes, and end the process."""
    manager = service_manager()
    logging.configure(settings.log_level, settings.log_format)
    _ignore_hangup()
    with ends_by_signal() as status, listeners(settings) as (listener, metrics):
        policy = load_policy_with_progress(settings, logged=True)
        with open_database(at_port(settings, listener)) as opened:
            takeover = asyncio.run(prepare(opened))
            application = only_application(opened, policy, takeover)
            server = SingleServer(application, opened, manager, is_prepared=takeover is None)
            run(server, application, listener, metrics[0] if metrics else None)
            if server.failure is not None:
                raise server.failure
    end_process(status[0])


def _ignore_hangup() -> None:
    """Let SIGHUP end the process only if it comes from the terminal in which it runs. Process managers send it to
    reload a service, and don't restart a service that it has ended."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or any(map(os.isatty, (0, 1, 2))):
        return
    message = (
        "SIGHUP restarts the workers of a server, and this server has none: it goes on as it is. Run it with "
        "--workers, or end it with SIGTERM and start it again."
    )
    signal.signal(signal.SIGHUP, lambda number, frame: logging.log.warning(message))


def only_application(settings: Settings, policy: Policy, takeover: Takeover | None) -> Application:
    """The application of the only server in this process, which is prepared for it. `takeover` is as in
    `create_application`."""
    sys.setswitchinterval(SWITCH_SECONDS)
    allow_open_files(settings.max_connections + OTHER_FILES)
    return create_application(settings, policy, policy_check_cache(settings.data_dir), Freezer(), takeover)


def run(server: Server, application: Application, listener: socket.socket, metrics: socket.socket | None) -> None:
    """Serve until SIGINT or SIGTERM; requests in progress then get a few seconds."""
    refusals = server.config.refusals.total
    application.listening = Listening(lambda: len(server.server_state.connections), refusals, metrics)
    server.run(sockets=[listener])


def allow_open_files(number: int) -> None:
    """Raise the limit of open files to `number` where the system allows it: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft not in (resource.RLIM_INFINITY, hard) and soft < number:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (number if hard == resource.RLIM_INFINITY else min(number, hard), hard)
        )
