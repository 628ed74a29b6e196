"""One of the server processes of `portico serve --workers N`.

    python -m app.cli.serving_worker NUMBER LISTENER CHANNEL [METRICS]

The supervisor runs it (`app/workers/process.py`) with the number of the worker, from 1, and the descriptors of the
listening socket, of the channel between them, and of the socket on which Prometheus asks this worker.
"""

import asyncio
import signal
import socket
import sys
from typing import NoReturn

from app import logging
from app.application import Application
from app.cli.database import open_database
from app.cli.failures import write_failure
from app.cli.opening import end_process, ends_by_signal
from app.cli.output import load_policy_with_progress
from app.cli.serving import only_application, run
from app.policy.policy_file import PolicyFile
from app.server.server import CHECK_TICKS, Server, ServerConfig
from app.settings import Settings, load
from app.takeover import take_over_if_away
from app.workers.channel import ALIVE, DRAIN, POLICY, READY, Channel

BACKGROUND_WORKER = 1
"""The number of the worker that does what one process does for all: sends mail, looks after access, and watches the
policy file."""


class WorkerServer(Server):
    """A server that tells its supervisor how it is, and does as it says."""

    def __init__(self, application: Application, settings: Settings, channel: Channel) -> None:
        super().__init__(ServerConfig(application, settings), self._on_ready)
        self._application, self._channel = application, channel
        self._watches_policy = settings.policy_watch
        self._reloads: set[asyncio.Task[object]] = set()
        self._listener: asyncio.Task[None] | None = None
        self._missed_policy = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen to the supervisor, then start accepting requests."""
        self._listener = asyncio.create_task(self._listen())
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Tell the supervisor every second that the event loop runs; return whether to exit."""
        if counter % CHECK_TICKS == 0:
            self._channel.send(ALIVE)
        return await super().on_tick(counter)

    @property
    def _policy_file(self) -> PolicyFile:
        policy_file: PolicyFile = self._application.state.policy_file
        return policy_file

    def _on_ready(self) -> None:
        if self._watches_policy:
            self._policy_file.on_seen = lambda: self._channel.send(POLICY)
        self._channel.send(READY)
        if self._missed_policy:
            self._reload_policy()

    async def _listen(self) -> None:
        await self._channel.listen({DRAIN: self.drain, POLICY: self._reload_policy})
        # Without a supervisor, nobody would replace this process or end it.
        self.handle_exit(signal.SIGTERM, None)

    def _reload_policy(self) -> None:
        # The policy that was loaded before the start may be the former one.
        self._missed_policy = not self.started
        if self.started:
            task = asyncio.create_task(self._policy_file.reload())
            self._reloads.add(task)
            task.add_done_callback(self._reloads.discard)


def main(number: int, listener: int, channel: int, metrics: int | None = None) -> NoReturn:
    """Serve until the supervisor or a signal ends it, and end the process."""
    # A worker reads the settings anew, so one that is started later has those that are in force then.
    settings = worker_settings(load(), number)
    logging.configure(settings.log_level, settings.log_format, f"w{number}")
    with ends_by_signal() as status, socket.socket(fileno=listener) as accepting:
        policy = load_policy_with_progress(settings, logged=True)
        with open_database(settings) as opened:
            takeover = asyncio.run(take_over_if_away(opened))
            end = socket.socket(fileno=channel)
            end.setblocking(False)
            application = only_application(opened, policy, takeover)
            server = WorkerServer(application, opened, Channel(end))
            run(server, application, accepting, None if metrics is None else socket.socket(fileno=metrics))
    end_process(status[0])


def worker_settings(settings: Settings, number: int) -> Settings:
    """The settings of the worker with this number: only one does what one process does for all."""
    if number == BACKGROUND_WORKER:
        return settings
    return settings.model_copy(update={"mail_worker": False, "policy_watch": False})


if __name__ == "__main__":
    try:
        main(*map(int, sys.argv[1:]))
    except Exception as error:  # noqa: BLE001
        write_failure(error, "serve", f"w{sys.argv[1]}")
        sys.exit(1)
