"""Mails in the language of their reader's country: over real SMTP, and the links in them work."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio

from app.mail.languages import FALLBACK, OF_COUNTRY
from app.mail.letter import TEMPLATES, Writer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, transport
from resolvers.unit_of_work import Writing
from tests.mutations import SECRET_KEY, acme, caller, make, new_user, run
from tests.smtp_server import mail_server

BASE_URL = "https://portico.example/app"
ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[Writing]:
    """The demo world with an empty outbox."""
    async with acme(database_url) as world:
        await run(world, "DELETE FROM outbox_mails")
        yield world


async def delivered(writing: Writing, folder: Path) -> EmailMessage:
    """The one mail that is due, as a mail server gets it."""
    async with mail_server() as server:
        settings = MailSettings(SECRET_KEY, BASE_URL, "no-reply@portico.example", folder, smtp_url=server.url)
        worker = Worker(writing.engine, Writer(settings), transport(settings))
        assert await worker.send_next()
        assert not await worker.send_next()
    [message] = server.messages
    return message


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    return plain.get_content(), html.get_content()


@pytest.mark.parametrize(
    ("country", "subject", "language"),
    [
        ("DE", "Aktivieren Sie Ihren Zugang zu ACME Corporation", "de"),
        ("NL", "Activate your access to ACME Corporation", "en"),
    ],
)
async def test_the_activation_mail(writing: Writing, tmp_path: Path, country: str, subject: str, language: str) -> None:
    await make(writing, await caller(writing, "ada@acme.example"), new_user(country=country))
    message = await delivered(writing, tmp_path)
    assert message["Subject"] == subject
    text, html = bodies(message)
    assert f'<html lang="{language}">' in html
    [link] = re.findall(r"https://\S+", text)
    assert link.startswith(f"{BASE_URL}/activate?token=")
    assert link in html


def test_the_languages_are_the_folders_and_stand_in_the_documents() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir()}
    assert folders == {FALLBACK, *OF_COUNTRY.values()}
    operations = (ROOT / "docs" / "operations.md").read_text()
    for language in set(OF_COUNTRY.values()):
        countries = ", ".join(f"`{code}`" for code, found in sorted(OF_COUNTRY.items()) if found == language)
        assert f"| `{language}` | {countries} |" in operations
