"""A read replica falls behind: it is left out, queries go on from the primary, and it is used again when it has caught
up. Whether it is behind by two seconds or by a minute, it is left out all the time."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import until_logged
from tests.support.embedded_server import public_folder
from tests.support.replicas.standby import Standby
from tests.support.server_process import Server, process


@pytest.fixture
def replica(postgres: OwnPostgres) -> Iterator[Standby]:
    folder = public_folder()
    standby = Standby(folder / "replica", postgres.url)
    try:
        yield standby
    finally:
        standby.stop()
        shutil.rmtree(folder)


async def readiness(server: Server) -> tuple[int, list[str]]:
    answer = await server.http.get("/readyz")
    return answer.status_code, answer.json()["checks"]["replicas"]


async def test_a_replica_falls_behind(postgres: OwnPostgres, replica: Standby, tmp_path: Path) -> None:
    settings = {**SETTINGS, "PORTICO_READ_DATABASE_URL": replica.server_url}
    async with process(postgres.url, tmp_path, settings=settings) as server:
        in_use, lagging = (
            r"The read replica .* is in use: \d+ ms behind",
            r"The read replica .* is lagging: more than 1 seconds behind",
        )
        await until_logged(server, in_use)
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        await asyncio.to_thread(replica.pause)
        await until_logged(server, lagging)
        # Nobody notices.
        await customers.progress()
        assert await readiness(server) == (200, ["lagging"])
        await asyncio.to_thread(replica.resume)
        await until_logged(server, in_use, 2)
        await customers.progress()
        assert await readiness(server) == (200, ["in use"])
        await customers.stop()
        await expect_nothing_lost(postgres.url, customers)
        assert customers.failures == {}
        assert "Traceback" not in server.log.read_text()
