"""Mails in the language of their reader's country: over real SMTP, and the links in them work."""

import re
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.demo.fixed_ids import named_key
from app.mail.language import FALLBACK, OF_COUNTRY
from app.mail.message import TEMPLATES, MessageRenderer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, create_transport
from resolvers.callers.caller import Caller
from resolvers.identity.passwords import request_password_reset, reset_password
from resolvers.transaction.context import MutationContext
from tests.support.mail.smtp_server import mail_server
from tests.support.paths import ROOT
from tests.support.resolver_fixtures import (
    SECRET_KEY,
    activation_token,
    caller,
    invited,
    make,
    new_user,
    rows,
    run,
)

PASSWORD = "a lamp, 4 herons & rain"
BASE_URL = "https://portico.example/app"


async def delivered(writing: MutationContext, folder: Path) -> EmailMessage:
    """The one mail that is due, as a mail server gets it."""
    async with mail_server() as server:
        settings = MailSettings(SECRET_KEY, BASE_URL, "no-reply@portico.example", folder, smtp_url=server.url)
        worker = Worker(writing.engine, MessageRenderer(settings), create_transport(settings))
        assert await worker.send_next()
        assert not await worker.send_next()
    [message] = server.messages
    return message


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    return plain.get_content(), html.get_content()


async def reset_mail(writing: MutationContext, folder: Path, country: str | None) -> EmailMessage:
    await run(writing, "UPDATE users SET country = :country WHERE email = 'sam@acme.example'", country=country)
    await request_password_reset(writing, Caller(), "sam@acme.example")
    return await delivered(writing, folder)


IN_ENGLISH = ("Choose a new password for ACME Corporation", "Hello ", "your password stays as it is", 'lang="en"')
IN_GERMAN = ("Neues Passwort für ACME Corporation", "Guten Tag ", "Ihr Passwort bleibt, wie es ist", 'lang="de"')


@pytest.mark.parametrize(
    ("country", "expected"),
    [("DE", IN_GERMAN), ("AT", IN_GERMAN), ("CH", IN_GERMAN), ("NL", IN_ENGLISH), (None, IN_ENGLISH)],
)
async def test_the_password_reset_mail(
    writing: MutationContext, tmp_path: Path, country: str | None, expected: tuple[str, ...]
) -> None:
    subject, greeting, ending, language = expected
    message = await reset_mail(writing, tmp_path, country)
    assert message["Subject"] == subject
    assert message["To"].addresses[0].addr_spec == "sam@acme.example"
    text, html = bodies(message)
    for body in (text, html):
        assert greeting in body
        assert ending in body
        assert "ACME Corporation" in body
        assert "sam@acme.example" in body
    assert language in html
    [link] = re.findall(r"https://\S+", text)
    assert link.startswith(f"{BASE_URL}/reset-password?token=")
    assert escape(link, quote=False) in html
    [ends] = await rows(writing, "SELECT expires_at FROM one_time_tokens WHERE purpose = 'PASSWORD_RESET'")
    assert f"{ends.expires_at:%H:%M}" in text
    [token] = parse_qs(urlsplit(link).query)["token"]
    assert await reset_password(writing, Caller(), token, PASSWORD) == named_key("sam@acme.example")


@pytest.mark.parametrize(
    ("country", "subject", "language"),
    [
        ("DE", "Aktivieren Sie Ihren Zugang zu ACME Corporation", "de"),
        ("NL", "Activate your access to ACME Corporation", "en"),
    ],
)
async def test_the_activation_mail(
    writing: MutationContext, tmp_path: Path, country: str, subject: str, language: str
) -> None:
    await make(writing, await caller(writing, "ada@acme.example"), new_user(country=country))
    message = await delivered(writing, tmp_path)
    assert message["Subject"] == subject
    text, html = bodies(message)
    assert f'<html lang="{language}">' in html
    [link] = re.findall(r"https://\S+", text)
    assert link.startswith(f"{BASE_URL}/activate?token=")
    assert escape(link, quote=False) in html


async def test_an_explicit_language_takes_precedence_over_the_country(writing: MutationContext, tmp_path: Path) -> None:
    await run(writing, "UPDATE users SET country = 'DE' WHERE email = 'sam@acme.example'")
    await request_password_reset(writing, Caller(), "sam@acme.example")
    await run(writing, """UPDATE outbox_mails SET "values" = '{"language": "en"}'""")
    assert (await delivered(writing, tmp_path))["Subject"] == IN_ENGLISH[0]


async def test_missing_templates_fall_back_to_english(
    writing: MutationContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OF_COUNTRY, "FR", "fr")
    assert (await reset_mail(writing, tmp_path, "FR"))["Subject"] == IN_ENGLISH[0]


async def test_a_mail_replaced_by_a_newer_one_is_not_sent(writing: MutationContext, tmp_path: Path) -> None:
    await request_password_reset(writing, Caller(), "sam@acme.example")
    await request_password_reset(writing, Caller(), "sam@acme.example")
    settings = MailSettings(SECRET_KEY, BASE_URL, "no-reply@portico.example", tmp_path / "mail")
    worker = Worker(writing.engine, MessageRenderer(settings), create_transport(settings))
    while await worker.send_next():
        pass
    found: list[Any] = await rows(writing, "SELECT status FROM outbox_mails ORDER BY id")
    assert [mail.status for mail in found] == ["FAILED", "SENT"]
    assert len(list(settings.folder.glob("*.eml"))) == 1


def test_every_language_has_a_folder_and_is_documented() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}
    assert folders == {FALLBACK, *OF_COUNTRY.values()}
    operations = (ROOT / "docs" / "operations.md").read_text()
    for language in set(OF_COUNTRY.values()):
        countries = ", ".join(f"`{code}`" for code, found in sorted(OF_COUNTRY.items()) if found == language)
        assert f"| `{language}` | {countries} |" in operations


@pytest.mark.parametrize(
    ("country", "expected", "not_expected"),
    [
        (
            None,
            ("Hello,", "You have been invited to see the services of ACME Corporation."),
            "An account has been created",
        ),
        ("AT", ("Guten Tag,", "Sie sind eingeladen, die Dienste von ACME Corporation zu sehen."), "Zugang angelegt"),
    ],
)
async def test_a_user_without_a_name_is_invited(
    writing: MutationContext, tmp_path: Path, country: str | None, expected: tuple[str, ...], not_expected: str
) -> None:
    await invited(writing, "ivy@acme.example")
    await run(writing, "UPDATE users SET country = :country WHERE email = 'ivy@acme.example'", country=country)
    message = await delivered(writing, tmp_path)
    assert message["To"].addresses[0].addr_spec == "ivy@acme.example"
    token = await activation_token(writing, "ivy@acme.example")
    for body in bodies(message):
        assert all(words in body for words in expected)
        assert not_expected not in body
        assert f"{BASE_URL}/activate?token={token}" in body


@pytest.mark.parametrize("template", ["access_ends", "access_requested", "access_request_decided", "dormant_users"])
def test_german_mails_about_access_call_it_as_the_console_does(template: str) -> None:
    texts = [path.read_text() for path in sorted((TEMPLATES / "de").glob(f"{template}.*"))]
    assert len(texts) == 3
    assert any("Zugriff" in text for text in texts)
    assert not any("Zugang" in text for text in texts)
