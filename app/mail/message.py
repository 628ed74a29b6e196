"""Writing a mail: from a row of the outbox and the templates to a finished message.

The templates of a mail lie in `templates/<language>/`, named as its kind in lower case, with the endings
`.subject.txt`, `.txt` and `.html`. A language that lacks one falls back to English. Names of people and organizations
are data: they are escaped in HTML, and can break neither a header nor the line that they stand in.
"""

import hmac
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from email_validator import validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.mail.language import FALLBACK, language_of
from app.mail.settings import MailSettings
from app.mail.transport import NotDelivered, OutgoingMessage
from models import MailKind
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.outbox_queue import DueMail

TEMPLATES = Path(__file__).parent / "templates"
LINK_PATHS = {MailKind.USER_ACTIVATION: "/activate", MailKind.USER_PASSWORD_RESET: "/reset-password"}

# Contents stay readable as they are, without an encoding that breaks links; RFC 5322 allows lines of 998 characters.
_CONTENTS = SMTP.clone(max_line_length=998)


class MailObsolete(Exception):
    """The mail has no purpose any more. Its text says why, for the operator."""


class MessageRenderer:
    """Writes letters."""

    def __init__(self, settings: MailSettings) -> None:
        self._key = settings.secret_key
        self._base_url = settings.base_url.rstrip("/")
        self._sender = _address(*parseaddr(settings.sender))
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"], default=True, disabled_extensions=["txt"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, mail: DueMail, now: datetime) -> OutgoingMessage:
        """The finished letter for `mail`; `now` is its Date. Raises `MailObsolete` where it should not be sent.

        Raises `NotDelivered` where this worker can't make the link.
        """
        if mail.user_removed:
            raise MailObsolete("The user was removed before the mail left.")
        link = self._link(mail)
        name = " ".join(part for part in (mail.first_name, mail.last_name) if part)
        words = dict(mail.values) | {
            "recipient": mail.recipient,
            "name": name or mail.recipient,
            "named": bool(name),
            "organization": mail.organization_name or "Portico",
            "link": link,
            "link_ends": mail.token.expires_at.astimezone(UTC) if mail.token else None,
        }
        message = EmailMessage(policy=_CONTENTS)
        message["From"] = self._sender
        message["To"] = _address(name, mail.recipient)
        message["Subject"] = " ".join(self._render(mail, "subject.txt", words).split())
        message["Date"] = format_datetime(now)
        message["Message-ID"] = mail.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._render(mail, "txt", words))
        message.add_alternative(self._render(mail, "html", words), subtype="html")
        message.policy = SMTP
        return OutgoingMessage(str(mail.id), mailbox(mail.recipient), message, link)

    def _link(self, mail: DueMail) -> str | None:
        if mail.token is None:
            return None
        if not mail.token.usable:
            raise MailObsolete("The link was used, replaced or out of time before the mail left.")
        token = derive_token(self._key, mail.token.purpose, mail.token.id)
        if not hmac.compare_digest(token_hash(token), mail.token.token_hash):
            # A mistake in the settings, which somebody will put right: the mail is not to be lost by it.
            raise NotDelivered("This worker's secret key is not the one with which the link was made.")
        return f"{self._base_url}{LINK_PATHS[mail.kind]}?{urlencode({'token': token})}"

    def _render(self, mail: DueMail, form: str, words: dict[str, Any]) -> str:
        file = f"{mail.kind.value.lower()}.{form}"
        return self._templates.select_template([f"{language_of(mail)}/{file}", f"{FALLBACK}/{file}"]).render(words)


def mailbox(email: str) -> str:
    """An email as any SMTP server takes it: the domain in ASCII (IDNA, RFC 5891). Raises ValueError for none."""
    if email.isascii():
        return email
    valid = validate_email(email, check_deliverability=False, globally_deliverable=False)
    return valid.ascii_email or valid.normalized


def _address(name: str, email: str) -> Address:
    username, _, domain = mailbox(email).rpartition("@")
    return Address(name, username=username, domain=domain)
