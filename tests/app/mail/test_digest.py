"""The mails about ends of access and dormant users: their texts, their links, and names that are only text."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.mail.digest import permission_name
from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from models import MailKind, Permission
from resolvers.outbox_queue import DueMail
from schema.declare.enums import PERMISSION_TEXTS
from tests.support.paths import ROOT
from tests.support.resolver_fixtures import SECRET_KEY

BASE_URL = "https://portico.example"
SUE, PIA = "usr_00000000-0000-7000-8000-000000000001", "usr_00000000-0000-7000-8000-000000000002"


def entry(user: str, name: str, email: str, audience: str = "ORGANIZATION", **values: Any) -> dict[str, Any]:
    blank = {"is_own": False, "permission": None, "account": None, "at": "2026-12-12T08:30:00Z"}
    return blank | {"user": user, "name": name, "email": email, "audience": audience} | values


OWN = entry("usr_own", "Nora Nilsson", "nora@acme.example", is_own=True, permission="BILLING_VIEW")
OF_SUE = entry(SUE, "Sue Smith", "sue@acme.example", account="ACME South")
OF_PIA = entry(PIA, "pia@pear.example", "pia@pear.example", "DELIVERY", permission="USER_MANAGEMENT")
SIGN_IN = entry("usr_own", "Nora Nilsson", "nora@acme.example", is_own=True)


def text(kind: MailKind, *entries: dict[str, Any], more: int = 0, country: str | None = None) -> tuple[str, str, str]:
    """The subject, the text and the HTML of a mail."""
    days = 14 if kind is MailKind.ACCESS_ENDS else 76
    values = {"entries": list(entries), "total": len(entries) + more, "days": days}
    mail = DueMail(
        uuid4(), kind, "nora@acme.example", "<1@portico.example>", 0, values, "Nora", "Nilsson", country, "ACME", False,
        None,
    )  # fmt: skip
    settings = MailSettings(SECRET_KEY, BASE_URL, "Portico <no-reply@portico.example>", Path())
    message = MessageRenderer(settings).render(mail, datetime(2026, 11, 28, tzinfo=UTC)).message
    plain, html = (part.get_content() for part in message.iter_parts())
    return message["Subject"], plain, html


@pytest.mark.parametrize("country", [None, "DE"])
@pytest.mark.parametrize(
    ("kind", "entries", "name"),
    [
        (MailKind.ACCESS_ENDS, (OWN,), "own"),
        (MailKind.ACCESS_ENDS, (OF_SUE,), "one"),
        (MailKind.ACCESS_ENDS, (OWN, OF_SUE, OF_PIA), "many"),
        (MailKind.DORMANT_USERS, (SIGN_IN,), "own"),
        (MailKind.DORMANT_USERS, (OF_SUE, OF_PIA), "many"),
    ],
)
def test_the_text_is_the_golden_one(
    request: pytest.FixtureRequest, kind: MailKind, entries: tuple[Any, ...], name: str, country: str | None
) -> None:
    subject, plain, _ = text(kind, *entries, more=3 if name == "many" else 0, country=country)
    printed = f"Subject: {subject}\n\n{plain}".replace("\u200b", "")
    golden = ROOT / f"tests/golden/mails/{kind.value.lower()}_{name}.{'de' if country else 'en'}.txt"
    if request.config.getoption("--rewrite"):
        golden.write_text(printed)
    assert golden.read_text() == printed, "run the tests with --rewrite, and read the difference"


def test_the_html_lists_the_same_and_has_the_same_links() -> None:
    for kind in (MailKind.ACCESS_ENDS, MailKind.DORMANT_USERS):
        _, plain, html = text(kind, OWN, OF_SUE, OF_PIA, more=3)
        links = [line for line in plain.split() if line.startswith("https://")]
        assert len(links) == 2
        for link in links:
            assert f'href="{link}"' in html
        assert "Sue Smith" in html
        assert "3 more" in html


def test_one_user_is_a_link_to_the_form_that_extends_their_access() -> None:
    _, plain, _ = text(MailKind.ACCESS_ENDS, OF_SUE)
    assert f"{BASE_URL}/console/users/{SUE}/edit" in plain
    _, plain, _ = text(MailKind.ACCESS_ENDS, OF_SUE, more=1)
    assert "/edit" not in plain, "another user may be among those that are not listed"


def test_names_are_escaped_and_become_no_links() -> None:
    bad = entry(SUE, "<b>see.example", "sue@acme.example", account='<a href="https://evil.example">')
    _, plain, html = text(MailKind.ACCESS_ENDS, bad)
    assert "<b>" not in html
    assert "evil.example" not in html + plain
    assert "see.example" not in html + plain


def test_permissions_are_named_as_in_the_api() -> None:
    assert {each: permission_name("en", each) for each in Permission} == {
        each: text.name for each, text in PERMISSION_TEXTS.items()
    }
    console = (ROOT / "console/src/locales/de.po").read_text()
    for each in Permission:
        assert f'msgid "{permission_name("en", each)}"\nmsgstr "{permission_name("de", each)}"' in console
