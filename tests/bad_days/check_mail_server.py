"""The mail server is away for a day: every mail is tried again, and arrives once when the server is back. If the
process that sends it is killed before the server has answered, it arrives twice, with the same Message-ID."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, create_transport
from resolvers.transaction.context import MutationContext
from tests.support.bad_days.mails import mail_process, until_all_sent, until_more_mails
from tests.support.mail.smtp_server import mail_server
from tests.support.resolver_fixtures import SECRET_KEY, caller, make, new_user, rows, run

AWAY = "smtp://127.0.0.1:1"
MAILS = "SELECT status, attempts, message_id, server_reply, next_attempt_at - now() AS pause FROM outbox_mails"
LATER = "UPDATE outbox_mails SET next_attempt_at = now()"


def worker(writing: MutationContext, folder: Path, url: str) -> Worker:
    settings = MailSettings(SECRET_KEY, "https://portico.example", "p@portico.example", folder, url)
    return Worker(writing.engine, MessageRenderer(settings), create_transport(settings))


async def test_a_day_without_the_mail_server(
    writing: MutationContext, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    ada = await caller(writing, "ada@acme.example")
    for email in ("kim@acme.example", "lee@acme.example"):
        await make(writing, ada, new_user(email=email))
    waited, pauses = timedelta(), []
    while waited < timedelta(days=1):
        for _ in range(2):
            assert await worker(writing, tmp_path, AWAY).send_next()
        mails = await rows(writing, MAILS)
        assert {mail.status for mail in mails} == {"QUEUED"}
        pauses.append(max(mail.pause for mail in mails))
        waited += pauses[-1]
        # Time passes.
        async with writing.engine.begin() as connection:
            await connection.execute(text(LATER))
    seconds = [round(pause.total_seconds()) for pause in pauses]
    assert seconds == sorted(seconds)
    assert seconds[-1] == 3600
    assert "not sent at attempt 1 (next try in 15 seconds)" in caplog.text
    async with mail_server() as server:
        back = worker(writing, tmp_path, server.url)
        assert [await back.send_next() for _ in range(3)] == [True, True, False]
    mails = await rows(writing, MAILS)
    assert {mail.status for mail in mails} == {"SENT"}
    assert sorted(message["Message-ID"] for message in server.messages) == sorted(mail.message_id for mail in mails)
    assert sorted(server.recipients) == ["kim@acme.example", "lee@acme.example"]


async def test_the_process_that_sends_is_killed_before_the_mail_server_has_answered(
    writing: MutationContext, demo_database_url: str, tmp_path: Path
) -> None:
    await run(writing, "DELETE FROM outbox_mails")
    await make(writing, await caller(writing, "ada@acme.example"), new_user(email="kim@acme.example"))
    async with mail_server() as server:
        server.goes_silent = True
        settings = {"SMTP_URL": server.url}
        async with mail_process(demo_database_url, tmp_path, settings) as sender:
            await until_more_mails(server, 1)
            sender.kill()
            await sender.wait()
        async with mail_process(demo_database_url, tmp_path, settings):
            [message_id] = await until_all_sent(demo_database_url)
    # Nobody could know that the server has it.
    assert [message["Message-ID"] for message in server.messages] == [message_id] * 2
