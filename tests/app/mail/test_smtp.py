"""The URL of the mail server, whose password is never repeated; and servers that reply nonsense, which do no harm."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.mail import smtp
from app.mail.settings import MailSettings
from app.mail.smtp import SmtpServer, SmtpTransport, Starttls, parse_smtp_url
from app.mail.transport import NotDelivered, OutgoingMessage
from resolvers.outbox_queue import REPLY_MAX, printable_reply
from tests.support.depth import examples
from tests.support.mail.smtp_server import ScriptedServer, scripted_server


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


TIMEOUT = 1.0
"""The limit of one delivery in these tests, in seconds. A delivery that takes ten times as long has none."""

ACCEPTED = b"250 Taken as number 7\r\n"
HONEST = [b"220 mail.example\r\n", b"250 OK\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 Go on\r\n", ACCEPTED]
"""The replies to: the connection, EHLO, MAIL, RCPT, DATA, and the mail."""

ODD = [
    b"",
    b"\r\n",
    b"-1 What\r\n",
    b"hello\r\n",
    b"99\r\n",
    b"999 x\r\n",
    b"0 x\r\n",
    b"+25 x\r\n",
    b"250\r\n",
    b"250-a\r\n",
    b"250-SIZE x\r\n250-AUTH\r\n250 \xff\xfe\r\n",
    b"250-SMTPUTF8\r\n250-8BITMIME\r\n250 OK\r\n",
    b"354 Go on\r\n",
    b"421 Bye\r\n",
    b"550 \xff\x00\x1b[2J\r\n",
    b"250 " + b"x" * 100_000 + b"\r\n",
    b"250-x\r\n" * 20_000,
    ACCEPTED * 3,
]
REPLIES = st.one_of(st.sampled_from(ODD), st.sampled_from(HONEST), st.binary(max_size=40))


def outgoing() -> OutgoingMessage:
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("Hello")
    return OutgoingMessage("1", "no-reply@portico.example", "nora@acme.example", message)


async def deliver(server: ScriptedServer) -> str | NotDelivered:
    """The result of one delivery. Anything that would stop the worker is raised."""
    transport = SmtpTransport(parse_smtp_url(server.url), TIMEOUT)
    try:
        async with asyncio.timeout(10 * TIMEOUT):
            return await transport.deliver(outgoing())
    except NotDelivered as failure:
        return failure


# Most servers hang up at the end: each that does not takes the time of the limit.
@settings(deadline=None, max_examples=examples(60))
@given(st.integers(0, len(HONEST)), st.lists(REPLIES, max_size=8), st.sampled_from([True] * 19 + [False]))
@example(5, [b"-1 What\r\n"], True)
@example(6, [b"-1 What\r\n"], True)
@example(6, [], False)
@example(3, [b"250-x\r\n" * 20_000], True)
def test_whatever_a_server_replies_a_mail_is_sent_once(honest: int, odd: list[bytes], hangs_up: bool) -> None:
    async def run() -> None:
        async with scripted_server([*HONEST[:honest], *odd], hangs_up) as server:
            result = await deliver(server)
        accepted = [reply for reply in server.sent if reply.startswith(b"250")]
        assert len(server.contents) <= 1
        if isinstance(result, str):
            assert accepted, "a mail is lost: the server did not take it"
        elif ACCEPTED in server.sent:
            pytest.fail("a mail that the server took will be sent again")
        reply = result if isinstance(result, str) else result.reply
        assert printable_reply(reply).isprintable()
        assert len(printable_reply(reply)) <= REPLY_MAX

    asyncio.run(run())


@pytest.mark.parametrize("reply", [b"-1 What\r\n", b"hello\r\n", b"999 x\r\n", b"\r\n", b"5 x\r\n"])
@pytest.mark.parametrize("place", range(len(HONEST)))
async def test_a_reply_that_is_none_is_temporary(place: int, reply: bytes) -> None:
    async with scripted_server([*HONEST[:place], reply], hangs_up=True) as server:
        result = await deliver(server)
    assert isinstance(result, NotDelivered)
    assert not result.permanent
    assert result.reply[0].isalpha(), "a code that is none of SMTP is shown"


@pytest.mark.parametrize("after", [[], [b"hello\r\n"], [b"421 Too late\r\n"], [b"550 No\r\n"]])
@pytest.mark.parametrize("hangs_up", [False, True])
async def test_what_follows_the_acceptance_does_not_matter(
    after: list[bytes], hangs_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "QUIT_TIMEOUT", TIMEOUT)
    async with scripted_server([*HONEST, *after], hangs_up) as server:
        assert await deliver(server) == "Taken as number 7"
