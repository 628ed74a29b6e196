"""What `portico serve --workers N` does: prepares everything once, and then supervises N server processes."""

import asyncio
import signal
from functools import partial
from typing import NoReturn

from app import logging
from app.cli.database import open_database
from app.cli.opening import at_port, end_process, ends_by_signal, listeners, prepare, prepare_when_back, print_banner
from app.server.last_resort import end_process_within
from app.service_manager import service_manager
from app.settings import Settings
from app.workers.connection_budget import connections_of
from app.workers.process import WorkerProgram, environment
from app.workers.supervisor import WorkersFailed, WorkerSupervisor

MODULE = "app.cli.serving_worker"

END_SECONDS = 4.9
"""How long after SIGTERM the process ends in any case."""

SPARE_CONNECTIONS = 30
"""How many connections the embedded PostgreSQL allows beyond those of the workers: for commands."""


def serve_with_workers(settings: Settings) -> NoReturn:
    """Migrate the database, keep the workers running until a signal comes, and end the process."""
    manager = service_manager()
    logging.configure(settings.log_level, settings.log_format)
    with ends_by_signal() as status, listeners(settings) as (listener, metrics):
        # Until there are workers, there is nothing to restart.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        most = max(connections_of(settings) + SPARE_CONNECTIONS, 100)
        with open_database(at_port(settings, listener), {"max_connections": str(most)}) as opened:
            is_prepared = asyncio.run(prepare(opened)) is None
            program = WorkerProgram(MODULE, listener, metrics, _environment(at_port(settings, listener)))
            supervisor = WorkerSupervisor(
                program,
                settings.workers,
                lambda: print_banner(opened),
                manager,
                () if is_prepared else (partial(prepare_when_back, opened),),
            )
            try:
                asyncio.run(supervisor.run(lambda: end_process_within(END_SECONDS)))
            except WorkersFailed as failure:
                logging.log.error("Portico ends: %s.", str(failure))
                status[0] = 1
    end_process(status[0])


def _environment(settings: Settings) -> dict[str, str]:
    """What the options of the command, and the port that was picked, change in the environment of the workers."""
    return dict(
        environment(
            PORTICO_HOST=settings.host, PORTICO_PORT=str(settings.port), PORTICO_DEMO=str(settings.demo).lower()
        )
    )
