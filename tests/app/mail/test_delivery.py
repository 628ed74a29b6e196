"""From a new user to the mail in their mailbox: over real SMTP, with all that can go wrong there, and as files."""

import asyncio
import logging
import re
import stat
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.mail.message import TEMPLATES
from app.mail.settings import MailSettings
from models import MailKind
from resolvers.callers.caller import Caller
from resolvers.mutations.users.activate import activate_user
from resolvers.transaction.context import MutationContext
from tests.support.listening import listening
from tests.support.mail.delivery import due, invite, the_mail, worker_of
from tests.support.mail.smtp_server import AUTHORITY, mail_server
from tests.support.resolver_fixtures import PEAR, rows, run

PASSWORD = "a lamp, 4 herons & rain"
BASE_URL = "https://portico.example/app"


def parts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    return plain.get_content(), html.get_content()


def link_in(text: str) -> str:
    found = re.search(r"https://\S+", text)
    assert found
    return found[0]


async def test_the_link_in_the_mail_opens_the_account(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, first_name="Nóra", last_name="Nilsson")
    async with mail_server() as server:
        worker = worker_of(writing, replace(settings, smtp_url=server.url))
        assert await worker.send_next()
        assert not await worker.send_next()
    [message] = server.messages
    assert server.recipients == ["nora@acme.example"]
    assert message["To"] == "Nóra Nilsson <nora@acme.example>"
    assert message["From"] == "Portico <no-reply@portico.example>"
    assert message["Subject"] == "Activate your access to ACME Corporation"
    assert message["Date"].datetime.tzinfo is not None
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = parts(message)
    link = link_in(text)
    assert link in html
    assert link.startswith(f"{BASE_URL}/activate?token=")
    mail = await the_mail(writing)
    assert message["Message-ID"] == mail.message_id
    assert (mail.status, mail.attempts, mail.sent_at is not None) == ("SENT", 1, True)
    assert "Taken as number 7" in mail.server_reply
    [token] = parse_qs(urlsplit(link).query)["token"]
    await activate_user(writing, Caller(), token, PASSWORD)


async def test_names_cannot_inject_anything_into_the_mail(writing: MutationContext, settings: MailSettings) -> None:
    await run(
        writing, "UPDATE organizations SET name = :name WHERE name LIKE 'ACME%'", name="A<b>&\r\nBcc: x@y.example"
    )
    await invite(writing)
    # As stored before such names were rejected.
    names = {"first": '"><script>', "last": "{{ link }}, <x@y.example>"}
    await run(writing, "UPDATE users SET first_name = :first, last_name = :last WHERE first_name = 'Nora'", **names)
    async with mail_server() as server:
        await worker_of(writing, replace(settings, smtp_url=server.url)).send_next()
    [message] = server.messages
    assert server.recipients == ["nora@acme.example"]
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["nora@acme.example"]
    text, html = parts(message)
    assert '"><script> {{ link }}, <x@\u200by.\u200bexample>' in text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "A&lt;b&gt;&amp;" in html


async def test_an_international_domain_is_written_in_ascii(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing, email="nora@bücher.example")
    async with mail_server() as server:
        await worker_of(writing, replace(settings, smtp_url=server.url)).send_next()
    [message] = server.messages
    assert server.recipients == ["nora@xn--bcher-kva.example"]
    assert message["To"].addresses[0].addr_spec == "nora@xn--bcher-kva.example"


async def test_a_temporary_failure_is_tried_again_as_the_same_mail(
    writing: MutationContext, settings: MailSettings
) -> None:
    await invite(writing)
    async with mail_server() as server:
        server.recipient_replies = ["451 Come back later"]
        server.content_replies = ["452 The disk is full"]
        worker = worker_of(writing, replace(settings, smtp_url=server.url))
        for reply in ("451 Come back later", "452 The disk is full"):
            assert await worker.send_next()
            mail = await the_mail(writing)
            assert (mail.status, mail.server_reply, mail.later) == ("QUEUED", reply, True)
            assert not await worker.send_next()
            await due(writing)
        assert await worker.send_next()
    sent = await the_mail(writing)
    assert (sent.status, sent.attempts) == ("SENT", 3)
    assert [message["Message-ID"] for message in server.messages] == [sent.message_id]


@pytest.mark.parametrize("at", ["recipient_replies", "content_replies"])
async def test_a_permanent_rejection_is_recorded_with_the_servers_reply(
    writing: MutationContext, settings: MailSettings, at: str
) -> None:
    await invite(writing)
    async with mail_server() as server:
        setattr(server, at, ["550 5.1.1 No such user\x07here"])
        worker = worker_of(writing, replace(settings, smtp_url=server.url))
        assert await worker.send_next()
        await due(writing)
        assert not await worker.send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.attempts, mail.sent_at) == ("FAILED", 1, None)
    assert mail.server_reply == "550 5.1.1 No such user here"


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:1", "smtp://no-such-host.invalid"])
async def test_an_unreachable_server_is_tried_again(writing: MutationContext, settings: MailSettings, url: str) -> None:
    await invite(writing)
    await worker_of(writing, replace(settings, smtp_url=url)).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.attempts, mail.later) == ("QUEUED", 1, True)


async def test_a_server_that_hangs_times_out(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    async with listening(lambda *_: asyncio.sleep(60)) as port:
        await worker_of(writing, replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", timeout=0.2)).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.attempts, mail.later) == ("QUEUED", 1, True)
    assert "did not answer" in mail.server_reply


async def test_a_server_that_hangs_during_the_contents_gets_the_same_mail_again(
    writing: MutationContext, settings: MailSettings
) -> None:
    await invite(writing)
    async with mail_server() as server:
        server.hangs = True
        worker = worker_of(writing, replace(settings, smtp_url=server.url, timeout=0.5))
        await worker.send_next()
        waiting = await the_mail(writing)
        assert (waiting.status, waiting.attempts, waiting.later) == ("QUEUED", 1, True)
        await due(writing)
        await worker.send_next()
    sent = await the_mail(writing)
    assert (sent.status, sent.attempts, sent.message_id) == ("SENT", 2, waiting.message_id)
    assert [message["Message-ID"] for message in server.messages] == [sent.message_id]


async def test_a_rejected_recipient_does_not_delay_others(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    await invite(writing, email="otto@acme.example")
    await run(writing, "UPDATE outbox_mails SET next_attempt_at = created_at")
    async with mail_server() as server:
        server.recipient_replies = ["550 5.1.1 No such user"]
        worker = worker_of(writing, replace(settings, smtp_url=server.url))
        assert [await worker.send_next() for _ in range(3)] == [True, True, False]
    found = await rows(writing, "SELECT recipient, status FROM outbox_mails ORDER BY 1")
    assert [tuple(row) for row in found] == [("nora@acme.example", "FAILED"), ("otto@acme.example", "SENT")]


@pytest.mark.parametrize("tls", [False, True])
async def test_name_and_password_are_used(writing: MutationContext, settings: MailSettings, tls: bool) -> None:
    await invite(writing)
    async with mail_server(login=("portico@mail", "p/a:s@s"), tls=tls) as server:
        url = server.url.replace("://", "://portico%40mail:p%2Fa%3As%40s@")
        await worker_of(writing, replace(settings, smtp_url=url)).send_next()
    assert (await the_mail(writing)).status == "SENT"
    assert server.over_tls == [tls]


async def test_a_wrong_smtp_password_loses_no_mail(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    async with mail_server(login=("portico", "right")) as server:
        url = server.url.replace("://", "://portico:wrong@")
        await worker_of(writing, replace(settings, smtp_url=url)).send_next()
    mail = await the_mail(writing)
    assert (mail.status, mail.later) == ("QUEUED", True)
    assert mail.server_reply.startswith("535")
    assert "wrong" not in mail.server_reply


async def test_mail_is_not_sent_without_required_tls(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    async with mail_server() as server:
        await worker_of(writing, replace(settings, smtp_url=f"{server.url}?starttls=required")).send_next()
    assert server.messages == []
    assert (await the_mail(writing)).status == "QUEUED"


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_certificate_of_a_remote_server_is_checked(
    writing: MutationContext, settings: MailSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    await invite(writing)
    monkeypatch.setattr("app.mail.smtp.LOCAL_HOSTS", ())
    if trusted:
        AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with mail_server(tls=True) as server:
        await worker_of(writing, replace(settings, smtp_url=f"{server.url}?starttls=required")).send_next()
    assert (await the_mail(writing)).status == ("SENT" if trusted else "QUEUED")
    assert server.over_tls == ([True] if trusted else [])


async def test_without_a_server_mails_are_files_and_their_links_in_the_log(
    writing: MutationContext, settings: MailSettings, caplog: pytest.LogCaptureFixture
) -> None:
    await invite(writing)
    with caplog.at_level(logging.INFO, "portico.mail"):
        assert await worker_of(writing, settings).send_next()
    [file] = settings.folder.iterdir()
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.folder.stat().st_mode) == 0o700
    message = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    link = link_in(parts(message)[0])
    assert link in caplog.text
    assert link in file.read_text()
    assert (await the_mail(writing)).status == "SENT"


async def test_an_unwritable_folder_is_tried_again(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    settings.folder.write_text("a file where the folder should be")
    await worker_of(writing, settings).send_next()
    assert (await the_mail(writing)).status == "QUEUED"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE one_time_tokens SET used_at = now()",
        "UPDATE one_time_tokens SET revoked_at = now()",
        "UPDATE one_time_tokens SET expires_at = now()",
        "UPDATE users SET removed_at = now() WHERE email = 'nora@acme.example'",
    ],
)
async def test_a_mail_with_an_invalid_link_is_not_sent(
    writing: MutationContext, settings: MailSettings, change: str
) -> None:
    await invite(writing)
    await run(writing, change)
    await worker_of(writing, settings).send_next()
    mail = await the_mail(writing)
    assert (mail.status, settings.folder.exists()) == ("FAILED", False)
    assert mail.server_reply


async def test_a_worker_with_another_key_loses_no_mail(writing: MutationContext, settings: MailSettings) -> None:
    await invite(writing)
    await worker_of(writing, replace(settings, secret_key=b"another key, also of 32 bytes ..")).send_next()
    mail = await the_mail(writing)
    assert (mail.status, settings.folder.exists()) == ("QUEUED", False)
    assert "key" in mail.server_reply


async def test_a_mail_that_cannot_be_rendered_does_not_delay_others(
    writing: MutationContext, settings: MailSettings
) -> None:
    await invite(writing)
    forged = "nora@acme.example\r\nBcc: x@y.example"
    statement = "UPDATE outbox_mails SET recipient = :forged, next_attempt_at = now() - interval '1 hour'"
    await run(writing, statement, forged=forged)
    await invite(writing, email="otto@acme.example", delivery_accounts=(PEAR,))
    worker = worker_of(writing, settings)
    assert await worker.send_next()
    assert await worker.send_next()
    found = await rows(writing, "SELECT recipient, status FROM outbox_mails ORDER BY 1")
    assert [tuple(row) for row in found] == [(forged, "QUEUED"), ("otto@acme.example", "SENT")]


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_mail_has_its_templates_in_every_language(kind: MailKind) -> None:
    languages = [folder for folder in TEMPLATES.iterdir() if folder.is_dir()]
    assert languages
    for folder in languages:
        for form in ("subject.txt", "txt", "html"):
            assert (folder / f"{kind.value.lower()}.{form}").is_file()
