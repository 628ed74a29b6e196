"""Renders a mail: from a row of the outbox and the templates to a finished message.

The templates of a mail are in `templates/<language>/`, named after its kind in lower case, with the extensions
`.subject.txt`, `.txt` and `.html`. If a language lacks one, the English one is used. Names of people and organizations
are data: they are escaped in HTML, can't break out of a header or a line, and don't become links.
"""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from email_validator import validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.mail.digest import LIST_FILTERS, digest_variables
from app.mail.headers import address_header, text_header
from app.mail.language import FALLBACK, language_of, link_language
from app.mail.plain_names import one_line, unlinked
from app.mail.settings import MailSettings
from app.mail.transport import NotDelivered, OutgoingMessage
from models import MailKind
from resolvers.identity.hashing import derive_stored_token
from resolvers.outbox_queue import DueMail

TEMPLATES = Path(__file__).parent / "templates"
LINK_PATHS = {
    MailKind.USER_ACTIVATION: "/activate",
    MailKind.USER_PASSWORD_RESET: "/reset-password",
    MailKind.USER_IDENTITY_LINK: "/console/link-identity",
}
PAGES = {
    MailKind.ACCESS_REQUESTED: "/console/access-requests?state=PENDING",
    MailKind.ACCESS_REQUEST_DECIDED: "/console/access-requests",
    MailKind.SECOND_FACTORS_CHANGED: "/console/account",
    MailKind.BREAK_GLASS_USED: "/console/activity",
    MailKind.WEBHOOK_STOPPED: "/console/provisioning",
}
"""The pages of the console that mails without a token lead to, by kind."""

# Keeps contents readable, without an encoding that breaks links; RFC 5322 allows lines of 998 characters.
_CONTENTS = SMTP.clone(max_line_length=998)


class MailObsolete(Exception):
    """The mail no longer has a purpose. The exception's text tells the operator why."""


class MessageRenderer:
    """Renders mails with the templates, the sender and the links of one installation."""

    def __init__(self, settings: MailSettings) -> None:
        self._key = settings.secret_key
        self._base_url = settings.base_url.rstrip("/")
        name, email = parseaddr(settings.sender)
        self._sender = mailbox(email)
        self._from = address_header("From", one_line(name), self._sender)
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"], default=True, disabled_extensions=["txt"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, mail: DueMail, now: datetime) -> OutgoingMessage:
        """The finished message for `mail`, dated `now`.

        Raises `MailObsolete` if it should no longer be sent, and `NotDelivered` if this worker can't make its link.
        """
        if mail.user_removed:
            raise MailObsolete("The user was removed before the mail was sent.")
        link = self._link(mail)
        name = one_line(" ".join(part for part in (mail.first_name, mail.last_name) if part))
        recipient = mailbox(mail.recipient)
        variables = self._values(mail) | {
            "recipient": mail.recipient,
            "name": unlinked(name) or mail.recipient,
            "named": bool(name),
            "organization": unlinked(mail.organization_name or "Portico"),
            # Only the platform's own people belong to no organization.
            "staff": mail.organization_name is None,
            "link": link,
            "link_ends": mail.token.expires_at.astimezone(UTC) if mail.token else None,
        }
        message = EmailMessage(policy=_CONTENTS)
        message["From"] = self._from
        message["To"] = address_header("To", name, recipient)
        message["Subject"] = text_header("Subject", " ".join(self._render(mail, "subject.txt", variables).split()))
        message["Date"] = format_datetime(now)
        message["Message-ID"] = mail.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._render(mail, "txt", variables))
        message.add_alternative(self._render(mail, "html", variables), subtype="html")
        message.policy = SMTP if recipient.isascii() and self._sender.isascii() else SMTPUTF8
        return OutgoingMessage(str(mail.id), self._sender, recipient, message, link)

    def _values(self, mail: DueMail) -> dict[str, Any]:
        if mail.kind in LIST_FILTERS:
            return digest_variables(mail.kind, mail.values, self._base_url, language_of(mail))
        return {
            key: unlinked(one_line(value)) if isinstance(value, str) else value for key, value in mail.values.items()
        }

    def _link(self, mail: DueMail) -> str | None:
        if mail.token is None:
            page = PAGES.get(mail.kind)
            return None if page is None else f"{self._base_url}{page}"
        if not mail.token.usable:
            raise MailObsolete("The link was used, replaced or expired before the mail was sent.")
        row = mail.token
        token = derive_stored_token(self._key, row.purpose, row.id, row.tenant_id, row.token_hash)
        if token is None:
            # A mistake in the settings, which will be corrected: the mail must not be lost until then.
            raise NotDelivered("This worker's secret key differs from the one that made the link.")
        language = link_language(mail)
        query = {"token": token} | ({"language": language} if language else {})
        return f"{self._base_url}{LINK_PATHS[mail.kind]}?{urlencode(query)}"

    def _render(self, mail: DueMail, extension: str, variables: dict[str, Any]) -> str:
        file = f"{mail.kind.value.lower()}.{extension}"
        return self._templates.select_template([f"{language_of(mail)}/{file}", f"{FALLBACK}/{file}"]).render(variables)


def mailbox(email: str) -> str:
    """`email` as SMTP servers accept it, with the domain in ASCII (IDNA, RFC 5891) unless the part before the @ isn't
    ASCII either, which needs a server with SMTPUTF8 (RFC 6531). Raises ValueError if it is malformed."""
    valid = validate_email(email, check_deliverability=False, globally_deliverable=False)
    return valid.ascii_email or valid.normalized
