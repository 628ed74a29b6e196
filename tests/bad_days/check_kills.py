"""Each process in turn is killed (SIGKILL) under load: a server process, their supervisor, a session of PostgreSQL, the
process that sends mail. Nothing that was confirmed is lost, no mail is lost or written twice, and all goes on."""

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.support.bad_days.customers import PATIENCE_SECONDS, SETTINGS, Customers, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres, own_postgres
from tests.support.mail.smtp_server import MailServer, mail_server
from tests.support.paths import ROOT
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server_process import PROGRAM, Server, process

QUEUED = "SELECT count(*) FROM outbox_mails WHERE status <> 'SENT'"
SENT = "SELECT message_id FROM outbox_mails"


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres({"max_connections": "100"}) as server:
        yield server


def lasting_port() -> str:
    """A free port that the system gives to nobody else while the server is away."""
    while True:
        port = random.randint(20_000, 30_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return str(port)


def server_processes(server: Server) -> list[psutil.Process]:
    """The workers of a supervisor. It has other children, such as checks of the policy, which may end meanwhile."""
    return [child for child in psutil.Process(server.process.pid).children() if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return "app.cli.serving_worker" in process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


async def until_ended(processes: Sequence[psutil.Process]) -> None:
    """Wait until none of the processes runs any more. They aren't this one's children."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(map(has_ended, processes)):
            await asyncio.sleep(0.05)


def has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@asynccontextmanager
async def mail_process(
    url: str, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A `portico worker`."""
    environment = {
        "DATABASE_URL": url,
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
        "PATH": os.environ["PATH"],
        **settings,
    }
    with (folder / "worker.log").open("ab") as sink:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, "worker"), cwd=ROOT, env=environment, stdout=sink, stderr=sink
        )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
            await running.wait()


async def until_more_mails(server: MailServer, number: int = 3) -> None:
    before = len(server.messages)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(server.messages) < before + number:
            await asyncio.sleep(0.05)


async def until_all_sent(url: str) -> set[str]:
    """Wait until no mail is queued. Returns their Message-IDs."""
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(QUEUED):
            await asyncio.sleep(0.1)
    sent = {row["message_id"] for row in await connection.fetch(SENT)}
    await connection.close()
    return sent


@pytest.mark.timeout(1800)
async def test_each_process_in_turn_is_killed_under_load(postgres: OwnPostgres, tmp_path: Path) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("DELETE FROM outbox_mails")
    await connection.close()
    async with mail_server() as mails:
        settings = {
            **SETTINGS,
            "SMTP_URL": mails.url,
            "PORTICO_MAIL_WORKER": "false",
            "PORTICO_READ_CONNECTIONS": "4",
            "PORTICO_WRITE_CONNECTIONS": "6",
        }
        # The last option counts.
        options = ("--workers", "2", "--port", lasting_port())
        async with process(postgres.url, tmp_path, *options, settings=settings) as server:
            customers = Customers(str(server.http.base_url), await server.token())
            customers.start()
            async with mail_process(postgres.url, tmp_path, settings) as mailing:
                await customers.progress()
                await until_more_mails(mails)
                server_processes(server)[0].kill()
                await customers.progress()
                for application in ("portico reading", "portico writing"):
                    await asyncio.to_thread(postgres.kill_backends, application)
                    await customers.progress()
                    await until_more_mails(mails)
                mailing.kill()
                await mailing.wait()
            async with mail_process(postgres.url, tmp_path, settings):
                await until_more_mails(mails)
                workers = server_processes(server)
                server.process.kill()
                await server.process.wait()
                await customers.until_failure("LOST")
                # As systemd would. The port is free when the workers have noticed that they are alone.
                await until_ended(workers)
                async with process(postgres.url, tmp_path, *options, settings=settings):
                    await customers.progress()
                    await customers.stop()
                    await expect_nothing_lost(postgres.url, customers)
                sent = await until_all_sent(postgres.url)
    assert {message["Message-ID"] for message in mails.messages} == sent
    assert len(sent) == len(customers.created)
