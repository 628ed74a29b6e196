"""Addresses that not every mail server takes, and servers and transports that break."""

from dataclasses import replace

import pytest

from app.mail.settings import MailSettings
from app.mail.transport import OutgoingMessage
from resolvers.transaction.context import MutationContext
from tests.support.mail.delivery import due, invite, the_mail, worker_of
from tests.support.mail.smtp_server import mail_server, scripted_server


@pytest.mark.parametrize("supported", [True, False])
async def test_an_international_mailbox_needs_a_server_that_takes_it(
    writing: MutationContext, settings: MailSettings, supported: bool
) -> None:
    await invite(writing, email="nóra@bücher.example")
    async with mail_server(smtputf8=supported) as server:
        worker = worker_of(writing, replace(settings, smtp_url=server.url))
        assert await worker.send_next()
        await due(writing)
        assert not await worker.send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.attempts) == ("SENT" if supported else "FAILED", 1)
    assert len(server.messages) == supported
    if not supported:
        assert "SMTPUTF8" in mail.server_reply


async def test_an_international_sender_is_a_setting_and_loses_no_mail(
    writing: MutationContext, settings: MailSettings
) -> None:
    await invite(writing)
    async with mail_server() as server:
        await worker_of(writing, replace(settings, smtp_url=server.url, sender="pörtico@acme.example")).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.later) == ("QUEUED", True)
    assert "SMTPUTF8" in mail.server_reply


async def test_a_file_holds_an_international_mailbox(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, email="nóra@acme.example")
    await worker_of(writing, settings).send_next()
    [file] = settings.folder.iterdir()
    assert "\r\nTo: Nora Nilsson\r\n <nóra@acme.example>\r\n" in file.read_bytes().decode()


async def test_a_reply_without_a_code_is_tried_again(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    async with scripted_server([b"220 mail.example\r\n", b"250 OK\r\n", b"-1  What?\r\n"], hangs_up=True) as server:
        await worker_of(writing, replace(settings, smtp_url=server.url)).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.attempts, mail.later) == ("QUEUED", 1, True)
    assert mail.server_reply == "The mail server's reply is not one of SMTP: What?"


async def test_a_server_that_hangs_after_taking_the_mail_gets_it_once(
    writing: MutationContext, settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.mail.smtp.QUIT_TIMEOUT", 0.1)
    await invite(writing)
    replies = [b"220 mail.example\r\n", *[b"250 OK\r\n"] * 3, b"354 Go on\r\n", b"250 Taken as number 7\r\n"]
    async with scripted_server(replies) as server:
        worker = worker_of(writing, replace(settings, smtp_url=server.url, timeout=5))
        await worker.send_next()
        await due(writing)
        assert not await worker.send_next()
    assert (await the_mail(writing)).status == "SENT"
    assert len(server.contents) == 1


async def test_a_transport_that_breaks_loses_no_mail(writing: MutationContext, settings: MailSettings) -> None:
    class Broken:
        async def deliver(self, mail: OutgoingMessage) -> str:
            raise RuntimeError("broken")

    await invite(writing)
    await worker_of(writing, settings, Broken()).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.later, mail.server_reply) == ("QUEUED", True, "The mail can't be sent: RuntimeError")
