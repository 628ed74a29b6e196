"""A rendered mail says who it is for and what it is about, whatever the names: to several parsers of mail."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.mail.message import MessageRenderer
from app.mail.plain_names import unlinked
from app.mail.settings import MailSettings
from app.mail.transport import OutgoingMessage
from models import MailKind, TokenPurpose, WebhookStop
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.outbox_queue import DueMail, DueToken
from resolvers.validation.text import name_problems, normalize_name
from tests.support.mail import rfc5322
from tests.support.resolver_fixtures import SECRET_KEY

EMAIL = "nora@acme.example"
TOKEN, TENANT = uuid4(), uuid4()
TOKEN_HASH = token_hash(derive_token(SECRET_KEY, TokenPurpose.PASSWORD_RESET, TOKEN, TENANT))
END = datetime(2026, 12, 1, tzinfo=UTC)
AWKWARD = [
    '"',
    "\\",
    ",",
    ", Inc.",
    "<",
    ">",
    "@",
    ";",
    "(",
    ")",
    ":",
    "[x]",
    "=?utf-8?q?a=2C_b=40c=2Eexample?=",
    "=?utf-8?b?YQ==?=",
    "=?",
    "?=",
    "\u05d0\u05d1",
    "\u0627\u0644",
    "\U0001f600",
    "e\u0301",
    "  ",
    "\u00a0",
    "\u3000",
    "x" * 80,
    "<x@y.example>, z",
    "Ann Example",
]
CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
NAMES = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(CHARACTERS, max_size=12)), min_size=1, max_size=12)


def due(name: str | None, organization: str | None = "ACME", recipient: str = EMAIL) -> DueMail:
    return DueMail(
        id=uuid4(),
        kind=MailKind.USER_PASSWORD_RESET,
        recipient=recipient,
        message_id="<1@portico.example>",
        attempts=0,
        values={},
        first_name=name,
        last_name=None,
        country=None,
        organization_name=organization,
        user_removed=False,
        token=DueToken(TOKEN, TENANT, TokenPurpose.PASSWORD_RESET, TOKEN_HASH, END, usable=True),
    )


def rendered(mail: DueMail, sender: str = "Portico <no-reply@portico.example>") -> OutgoingMessage:
    return renderer(sender).render(mail, datetime(2026, 11, 28, tzinfo=UTC))


@cache
def renderer(sender: str) -> MessageRenderer:
    return MessageRenderer(MailSettings(SECRET_KEY, "https://portico.example", sender, Path()))


def read(raw: bytes, field: str) -> set[tuple[tuple[str, str], ...]]:
    """The mailboxes of a field, as each of the parsers reads them."""
    old = email.message_from_bytes(raw)
    pairs = getaddresses([str(old[field])])
    return {
        tuple((str(make_header(decode_header(name))), address) for name, address in pairs),
        (rfc5322.parse_mailbox(rfc5322.header(raw, field)),),
    }


def read_loosely(raw: bytes, field: str) -> tuple[tuple[str, str], ...]:
    """The mailboxes of a field as the newer parser of the standard library reads them, without spaces: it collapses
    some, and adds one between two encoded-words (python/cpython#128110)."""
    message: Any = email.message_from_bytes(raw, policy=email.policy.default)
    return tuple((without_spaces(found.display_name), found.addr_spec) for found in message[field].addresses)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("language", "subject", "words", "renewal"),
    [
        (
            "en",
            "Activate your Portico staff account",
            "A staff account at Portico has been created for you. It lets you manage all organizations.",
            "ask the operator of Portico for a new one",
        ),
        (
            "de",
            "Aktivieren Sie Ihren Mitarbeiterzugang zu Portico",
            "für Sie wurde ein Mitarbeiterzugang zu Portico angelegt, mit dem Sie alle Organisationen betreuen.",
            "Bitten Sie danach den Betreiber von Portico um einen neuen",
        ),
    ],
)
@pytest.mark.parametrize("name", ["Jane", None])
def test_staff_are_not_told_that_they_see_services(
    language: str, subject: str, words: str, renewal: str, name: str | None
) -> None:
    purpose = TokenPurpose.ACTIVATION
    hashed = token_hash(derive_token(SECRET_KEY, purpose, TOKEN, TENANT))
    token = DueToken(TOKEN, TENANT, purpose, hashed, END, usable=True)
    mail = replace(due(name, None), kind=MailKind.USER_ACTIVATION, token=token, values={"language": language})
    message = rendered(mail).message
    assert str(make_header(decode_header(message["Subject"]))) == subject
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            assert words in content
            assert renewal in content
            assert subject in content or part.get_content_subtype() == "plain"
            for services in ("services", "Dienste"):
                assert services not in content


@pytest.mark.parametrize(
    ("organization", "language", "whom"),
    [
        (None, "en", "tell the operator of Portico."),
        ("ACME", "en", "tell your admin."),
        (None, "de", "informieren Sie den Betreiber von Portico."),
        ("ACME", "de", "informieren Sie Ihren Administrator."),
    ],
)
def test_staff_have_no_admin_to_tell(organization: str | None, language: str, whom: str) -> None:
    values = {"language": language, "change": "TOTP_ADDED", "left": 10}
    mail = replace(due("Jane", organization), kind=MailKind.SECOND_FACTORS_CHANGED, token=None, values=values)
    texts = [part.get_content() for part in rendered(mail).message.walk() if part.get_content_maintype() == "text"]
    assert len(texts) == 2
    assert all(whom in text for text in texts)


@given(NAMES.map("".join))
@example("A, B " * 20)
@example("=?utf-8?q?x=40y=2Eexample=3E=2C_?= Nora")
@example('Nora "the, <boss@acme.example>" \\')
@example("x" * 100)
@example("Nora, " + "Nilsson" * 12)
def test_the_recipient_parses_back_to_their_name_and_address(text: str) -> None:
    name = normalize_name(text)
    raw = rendered(due(name or None)).message.as_bytes()
    assert read(raw, "To") == {((name, EMAIL),)}
    assert read_loosely(raw, "To") == ((without_spaces(name), EMAIL),)


@pytest.mark.parametrize("name", ["Portico", "Portico, Inc. " * 6, '"Doe, Jane"', "=?utf-8?q?Portico=2C?=", "Pörtico"])
def test_the_sender_parses_back_to_what_is_configured(name: str) -> None:
    quoted = name.replace('"', "").strip()
    raw = rendered(due("Nora"), f'"{quoted}" <no-reply@portico.example>').message.as_bytes()
    assert read(raw, "From") == {((quoted, "no-reply@portico.example"),)}


@given(NAMES.map("".join))
@example("=?utf-8?q?x=0D=0ABcc=3A_y?= " * 4)
@example("x" * 200)
def test_the_subject_parses_back_to_its_text(text: str) -> None:
    organization = normalize_name(text) or "Portico"
    raw = rendered(due("Nora", organization)).message.as_bytes()
    subject = f"Choose a new password for {' '.join(unlinked(organization).split())}"
    modern = email.message_from_bytes(raw, policy=email.policy.default)
    old = email.message_from_bytes(raw)
    assert {
        modern["Subject"],
        str(make_header(decode_header(str(old["Subject"])))),
        rfc5322.parse_text(rfc5322.header(raw, "Subject")),
    } == {subject}


@pytest.mark.parametrize("name", ["Nora\r\nBcc: x@y.example", "Nora\nBcc: x@y.example\n\nHello", "a\u2028b", "a\x00b"])
def test_a_stored_line_break_stays_within_its_field(name: str) -> None:
    raw = rendered(due(name, name)).message.as_bytes()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert (message["Bcc"], message["Cc"]) == (None, None)
    expected = "".join(character if character.isprintable() else " " for character in name)
    assert read(raw, "To") == {((expected, EMAIL),)}
    assert next(iter(name_problems(name, 100)), None) is not None, "the name can be stored"


def test_a_recipient_with_line_breaks_is_not_written() -> None:
    with pytest.raises(ValueError, match="@"):
        rendered(due("Nora", recipient="nora@acme.example\r\nBcc: x@y.example"))


@pytest.mark.parametrize(
    ("recipient", "mailbox"),
    [
        ("nora@bücher.example", "nora@xn--bcher-kva.example"),
        ("nóra@acme.example", "nóra@acme.example"),
        ("a" * 64 + "@" + "b" * 63 + ".example", "a" * 64 + "@" + "b" * 63 + ".example"),
        ("nora+x=?y?=@acme.example", "nora+x=?y?=@acme.example"),
    ],
)
def test_the_address_is_written_as_servers_take_it(recipient: str, mailbox: str) -> None:
    message = rendered(due("Nilsson, Nora", recipient=recipient))
    assert message.recipient == mailbox
    assert rfc5322.parse_mailbox(rfc5322.header(message.message.as_bytes(), "To")) == ("Nilsson, Nora", mailbox)


LINK = re.compile(r"[a-z]+://[^\s\u200b]+|www\.\w|\w@\w+\.\w|\w\.[a-z]{2,}", re.IGNORECASE)


@pytest.mark.parametrize("name", ["http://evil.example/x", "www.evil.example", "Booking.com B.V.", "x@evil.example"])
def test_names_become_no_links(name: str) -> None:
    mail = rendered(due(name, name))
    for kind in ("plain", "html"):
        part = mail.message.get_body((kind,))
        assert isinstance(part, EmailMessage)
        text = re.sub(r"<[^>]*>", "", part.get_content())
        rest = text.replace(EMAIL, "").replace(str(mail.link), "")
        assert not LINK.search(rest), "a mail program would make a link of a name"
        assert name in text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("reason", "country", "said"),
    [
        (WebhookStop.GONE, "GB", "gone for good"),
        (WebhookStop.FAILING, "GB", "accepted nothing for days"),
        (WebhookStop.OWNER, "GB", "may no longer change the settings"),
        (WebhookStop.SECRET, "GB", "Create the webhook anew"),
        (WebhookStop.GONE, "DE", "nicht mehr gibt"),
        (WebhookStop.FAILING, "DE", "seit Tagen nichts angenommen"),
        (WebhookStop.OWNER, "DE", "darf die Einstellungen"),
        (WebhookStop.SECRET, "DE", "neu an"),
    ],
)
def test_a_mail_about_a_webhook_says_why_it_stopped(reason: WebhookStop, country: str, said: str) -> None:
    values = {"webhook": "https://hooks.acme.example/in", "reason": reason.value}
    mail = replace(due("Ada"), kind=MailKind.WEBHOOK_STOPPED, values=values, country=country, token=None)
    message = rendered(mail).message
    for form in ("plain", "html"):
        body = message.get_body((form,))
        assert body is not None
        text = " ".join(body.get_content().split())
        assert said in text
        assert "hooks.acme.example" in text.replace("\u2060", "").replace("\u200b", "")
        assert "https://portico.example/console/provisioning" in text
        # The address is no link: whoever sets a webhook up chooses it.
        assert 'href="https://hooks' not in text
    assert "ACME" in str(message["Subject"])
