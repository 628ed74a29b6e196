"""The database is reachable but silent: the network drops all packets, or its machine hangs. Every wait ends, the
reason is logged, nothing is lost, and everything goes on once the database answers again."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.servers import free_port
from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import checks, metric, until_ready
from tests.support.bad_days.silent_proxy import silent_proxy
from tests.support.server_process import process

SHORT = {**SETTINGS, "PORTICO_READ_TIMEOUT": "PT2S", "PORTICO_WRITE_TIMEOUT": "PT2S"}


@dataclass
class Silence:
    """A database at `url`, and how it falls silent and speaks again."""

    url: str
    begin: Callable[[], None]
    end: Callable[[], None]


@asynccontextmanager
async def network(postgres: OwnPostgres) -> AsyncIterator[Silence]:
    """A network that passes nothing on, and never again on the connections that were open."""
    async with silent_proxy(postgres.socket) as proxy:
        yield Silence(f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres", proxy.fall_silent, proxy.speak)


@asynccontextmanager
async def machine(postgres: OwnPostgres) -> AsyncIterator[Silence]:
    """PostgreSQL with all its processes stopped, which later go on where they were."""
    yield Silence(postgres.url, postgres.freeze, postgres.thaw)


@pytest.mark.parametrize("kind", [network, machine])
async def test_the_database_is_silent(
    postgres: OwnPostgres,
    tmp_path: Path,
    kind: Callable[[OwnPostgres], AbstractAsyncContextManager[Silence]],
) -> None:
    metrics = free_port()
    settings = {**SHORT, "PORTICO_METRICS_PORT": str(metrics)}
    async with kind(postgres) as silence, process(silence.url, tmp_path, settings=settings) as server:
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        silence.begin()
        try:
            await customers.until_failure("UNAVAILABLE")
            assert await checks(server) == (503, "away")
            assert (await server.http.get("/healthz")).status_code == 200
            assert await metric(metrics, "portico_database_up") == 0
        finally:
            silence.end()
        await customers.progress()
        await until_ready(server)
        await customers.stop()
        await expect_nothing_lost(postgres.url, customers)
        log = server.log.read_text()
    assert "UNAVAILABLE: TimeoutError: no answer in time" in log
    assert "A readiness check failed: TimeoutError: no answer in time" in log
    assert "Traceback" not in log
