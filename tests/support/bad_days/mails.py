"""The queue of mails, and the process that sends them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.support.bad_days.customers import PATIENCE_SECONDS
from tests.support.databases import execute
from tests.support.mail.smtp_server import MailServer
from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server_process import PROGRAM

QUEUED = "SELECT count(*) FROM outbox_mails WHERE status <> 'SENT'"
SENT = "SELECT message_id FROM outbox_mails"


@asynccontextmanager
async def mail_process(
    url: str, folder: Path, settings: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A `portico worker`."""
    check_cache.seed(folder)
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
    """Wait until the mail server has so many mails more."""
    before = len(server.messages)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(server.messages) < before + number:
            await asyncio.sleep(0.05)


async def send_now(url: str) -> None:
    """Let no mail wait for its next attempt."""
    await execute(url, "UPDATE outbox_mails SET next_attempt_at = now() WHERE status = 'QUEUED'")


async def until_all_sent(url: str) -> set[str]:
    """Wait until no mail is queued. Returns their Message-IDs."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await connection.fetchval(QUEUED):
                await asyncio.sleep(0.1)
        return {row["message_id"] for row in await connection.fetch(SENT)}
    finally:
        await connection.close()
