"""Each process in turn is killed (SIGKILL) under load: a server process, their supervisor, a session of PostgreSQL, the
process that sends mail. Nothing that was confirmed is lost, no mail is lost or written twice, and all goes on."""

import asyncio
from pathlib import Path

from benchmarks.servers import free_port
from tests.support.bad_days.customers import SETTINGS, customers_of, expect_nothing_lost
from tests.support.bad_days.mails import mail_process, until_all_sent, until_more_mails
from tests.support.bad_days.own_postgres import OwnPostgres, kill_backend
from tests.support.bad_days.server_processes import server_processes, until_ended
from tests.support.databases import execute
from tests.support.mail.smtp_server import mail_server
from tests.support.server_process import process


async def test_each_process_in_turn_is_killed_under_load(postgres: OwnPostgres, tmp_path: Path) -> None:
    await execute(postgres.url, "DELETE FROM outbox_mails")
    async with mail_server() as mails:
        settings = {
            **SETTINGS,
            "SMTP_URL": mails.url,
            "PORTICO_MAIL_WORKER": "false",
            "PORTICO_READ_CONNECTIONS": "4",
            "PORTICO_WRITE_CONNECTIONS": "6",
        }
        # The last option counts.
        options = ("--workers", "2", "--port", str(free_port()))
        async with process(postgres.url, tmp_path, *options, settings=settings) as server:
            customers = await customers_of(server)
            customers.start()
            async with mail_process(postgres.url, tmp_path, settings) as mailing:
                await customers.progress()
                await until_more_mails(mails)
                server_processes(server)[0].kill()
                await customers.progress()
                for application in ("portico reading", "portico writing"):
                    await asyncio.to_thread(kill_backend, postgres.url, application)
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
