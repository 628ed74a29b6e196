"""The URL of the mail server: what it can say, and that its password is never repeated."""

from pathlib import Path

import pytest

from app.mail.settings import MailSettings
from app.mail.smtp import SmtpServer, Starttls, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://mail.example:587?starttls=required", SmtpServer("mail.example", 587, starttls=Starttls.REQUIRED)),
        (
            "smtp://me%40x:p%2F%3A@mail.example:587",
            SmtpServer("mail.example", 587, False, Starttls.REQUIRED, "me@x", "p/:"),
        ),
        ("smtps://me:p@[::1]", SmtpServer("::1", 465, True, Starttls.OPTIONAL, "me", "p")),
    ],
)
def test_the_url_of_a_server(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://me:secret@mail.example:x",
        "smtp://me:sec/ret@mail.example",
        "smtp://me:secret@mail.example/path",
        "smtp://me:secret@mail.example?starttls=maybe",
        "smtps://me:secret@mail.example?starttls=never",
        "smtp://me:secret@mail.example?tls=on",
    ],
)
def test_a_malformed_url_is_rejected_without_repeating_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP URL") as refused:
        parse_smtp_url(url)
    assert "secret" not in str(refused.value)
    assert "sec/" not in str(refused.value)


def test_the_password_is_not_shown() -> None:
    server = parse_smtp_url("smtp://me:secret@mail.example")
    assert "secret" not in repr(server)
    assert "secret" not in repr(MailSettings(b"secret", "", "", Path(), smtp_url="smtp://me:secret@x"))
