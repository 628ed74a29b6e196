"""The database is gone, has no connection left, or shows another certificate: said clearly, nothing lost, and over as
soon as the cause is."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import trustme

from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres
from tests.support.bad_days.readiness import checks, until_ready
from tests.support.bad_days.tls_proxy import tls_proxy
from tests.support.server_process import process

FEW = {**SETTINGS, "PORTICO_READ_CONNECTIONS": "4", "PORTICO_WRITE_CONNECTIONS": "6"}


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_database_is_gone_for_a_while(postgres: OwnPostgres, tmp_path: Path, workers: str) -> None:
    async with process(postgres.url, tmp_path, "--workers", workers, settings=FEW) as server:
        customers = await customers_of(server)
        customers.start()
        await customers.progress()
        await asyncio.to_thread(postgres.stop)
        for _ in range(5):
            await customers.until_failure("UNAVAILABLE")
        assert await checks(server) == (503, "away")
        assert (await server.http.get("/healthz")).status_code == 200
        await asyncio.to_thread(postgres.start)
        await customers.progress()
        await until_ready(server)
        await customers.stop()
        await expect_nothing_lost(postgres.url, customers)
        log = server.log.read_text()
    assert "A readiness check failed: " in log
    assert "Traceback" not in log
    assert set(customers.failures) <= {"UNAVAILABLE", "IDEMPOTENCY_IN_PROGRESS", "IDEMPOTENCY_ANSWER_LOST"}


async def test_all_connections_are_taken_by_somebody_else(postgres: OwnPostgres, tmp_path: Path) -> None:
    async with process(postgres.url, tmp_path, settings=FEW) as server:
        customers = await customers_of(server)
        taken = []
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(postgres.url))
        # What the server has open is taken from it, too, in the moment in which it comes back.
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'portico%'"
        await taken[0].fetch(statement)
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(postgres.url))
        customers.start()
        await customers.until_failure("UNAVAILABLE")
        assert await checks(server) == (503, "away")
        for connection in taken:
            await connection.close()
        await customers.progress()
        await until_ready(server)
        await customers.stop()
        await expect_nothing_lost(postgres.url, customers)
        log = server.log.read_text()
    assert "TooManyConnectionsError (SQLSTATE 53300)" in log
    assert "Traceback" not in log


def certificate() -> tuple[ssl.SSLContext, trustme.CA]:
    """A certificate of a new authority."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, authority


async def test_the_certificate_of_the_database_changes(postgres: OwnPostgres, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    async with tls_proxy(postgres.socket) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=verify-full&sslrootcert={trusted}"
        first, authority = certificate()
        authority.cert_pem.write_to_path(trusted)
        proxy.use(first)
        async with process(url, tmp_path, settings=FEW) as server:
            customers = await customers_of(server)
            customers.start()
            await customers.progress()
            second, authority = certificate()
            proxy.use(second)
            await customers.until_failure("UNAVAILABLE")
            assert await checks(server) == (503, "away")
            # The operator lets Portico trust the new authority; nothing is restarted.
            authority.cert_pem.write_to_path(trusted)
            await customers.progress()
            await until_ready(server)
            await customers.stop()
            await expect_nothing_lost(postgres.url, customers)
            log = server.log.read_text()
    assert "certificate verify failed" in log
    assert "Traceback" not in log
