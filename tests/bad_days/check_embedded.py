"""The embedded PostgreSQL is killed under load, a session of it and its first process: it is started again, and nothing
is lost."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import kill_backend
from tests.support.bad_days.readiness import until_logged, until_ready
from tests.support.embedded_server import public_folder
from tests.support.embedded_server import server as postmaster_of
from tests.support.server_process import process

ALLOWED = {"UNAVAILABLE", "IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_ANSWER_LOST"}


@pytest.fixture
def home() -> Iterator[Path]:
    folder = public_folder()
    yield folder / "data"
    shutil.rmtree(folder)


async def test_the_embedded_postgresql_is_killed(home: Path) -> None:
    async with process(None, home, "--demo", "--workers", "2", settings=SETTINGS) as server:
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        postmaster = postmaster_of(home)
        url = f"postgresql://postgres@/postgres?host={quote(str(postmaster.socket_folder), safe='/')}"
        await asyncio.to_thread(kill_backend, url, "portico writing")
        await customers.until_failure("UNAVAILABLE")
        await customers.progress()
        for times in (1, 2):
            os.kill(postmaster_of(home).pid, signal.SIGKILL)
            await customers.until_failure("UNAVAILABLE")
            await until_logged(server, "The embedded PostgreSQL runs again", times)
            await customers.progress()
        await until_ready(server)
        await customers.stop()
        await expect_nothing_lost(url, customers)
        log = server.log.read_text()
    assert "The embedded PostgreSQL has died; it starts again in 0.5 seconds." in log
    assert "Traceback" not in log
    assert set(customers.failures) <= ALLOWED
