"""A server process hangs (SIGSTOP): the supervisor notices that, ends it and starts another one."""

import os
import signal
from pathlib import Path

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import until_logged, until_ready
from tests.support.bad_days.server_processes import server_processes
from tests.support.server_process import PROGRAM, process

IMPATIENT = f"import app.workers.supervisor as supervisor; supervisor.HANG_SECONDS = 3; {PROGRAM}"
"""`portico` with a supervisor that waits for three seconds instead of a minute."""

FEW = {**SETTINGS, "PORTICO_READ_CONNECTIONS": "4", "PORTICO_WRITE_CONNECTIONS": "6"}


async def test_a_server_process_hangs(postgres: OwnPostgres, tmp_path: Path) -> None:
    async with process(postgres.url, tmp_path, "--workers", "2", settings=FEW, program=IMPATIENT) as server:
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        stopped = server_processes(server)[0]
        os.kill(stopped.pid, signal.SIGSTOP)
        await until_logged(server, rf"Worker \d \(process {stopped.pid}\) hangs: it is ended\.")
        await until_logged(server, r"Worker \d \(process \d+\) is ready", 3)
        await customers.progress()
        await until_ready(server)
        await customers.stop()
        await expect_nothing_lost(postgres.url, customers)
        assert (
            rf"(process {stopped.pid}) has ended (SIGKILL); it starts again in 0.5 seconds." in server.log.read_text()
        )
