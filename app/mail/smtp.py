"""Mail over SMTP (RFC 5321), by aiosmtplib.

The server is given as one URL:

    smtp://user:password@mail.example:587      clear text first, then STARTTLS
    smtps://user:password@mail.example:465     TLS from the start
    smtp://…?starttls=required|optional|never  says what the default would not

With a password, STARTTLS is required unless the server is on this very machine; without one it is used where the server
offers it. TLS that is required is checked against the certificates that the system trusts (`SSL_CERT_FILE` adds to
them). Optional TLS and TLS to this machine are not checked: there, clear text would do as well.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from app.mail.transport import NotDelivered, OutgoingMessage

PORTS = {"smtp": 25, "smtps": 465}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
PERMANENT = range(500, 600)


class Starttls(StrEnum):
    """Whether the connection is upgraded to TLS."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed over, and how."""

    host: str
    port: int
    tls_from_start: bool = False
    starttls: Starttls = Starttls.OPTIONAL
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return self.host in LOCAL_HOSTS

    @property
    def checks_certificate(self) -> bool:
        """Whether TLS is for protection, and not only for want of a reason to do without."""
        return not self.is_local and (self.tls_from_start or self.starttls is Starttls.REQUIRED)


def parse_smtp_url(url: str) -> SmtpServer:
    """The server that `url` names. Raises ValueError, which says what is wrong and never repeats the password."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise ValueError(
            "the SMTP URL can't be read: is the port a number, and is / in the password written %2F?"
        ) from error
    if parts.scheme not in PORTS or not host:
        raise ValueError("an SMTP URL looks like smtp://user:password@host:port or smtps://…")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError("an SMTP URL ends after host and port; write / and # in the password as %2F and %23")
    tls_from_start = parts.scheme == "smtps"
    query = parse_qs(parts.query)
    wish = query.pop("starttls", None)
    if query or (wish and (tls_from_start or wish[-1] not in list(Starttls))):
        raise ValueError("an SMTP URL takes one parameter, with smtp:// only: starttls=required|optional|never")
    default = Starttls.REQUIRED if parts.password and host not in LOCAL_HOSTS else Starttls.OPTIONAL
    return SmtpServer(
        host=host,
        port=port or PORTS[parts.scheme],
        tls_from_start=tls_from_start,
        starttls=Starttls(wish[-1]) if wish else default,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class SmtpTransport:
    """Hands letters to an SMTP server, one connection for each. `timeout` is how many seconds that may take."""

    def __init__(self, server: SmtpServer, timeout: float) -> None:
        self.server = server
        self.timeout = timeout
        self._tls = ssl.create_default_context()
        if not server.checks_certificate:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    async def deliver(self, letter: OutgoingMessage) -> str:
        """Hand `letter` over and return the server's last reply. Raises `NotDelivered`."""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._send(letter)
        except TimeoutError as error:
            raise NotDelivered(f"The mail server did not answer within {self.timeout:g} seconds.") from error
        except SMTPException as error:
            raise _not_delivered(error) from error
        except OSError as error:
            raise NotDelivered(f"The mail server was not reached: {error}") from error

    async def _send(self, letter: OutgoingMessage) -> str:
        starttls = {Starttls.REQUIRED: True, Starttls.OPTIONAL: None, Starttls.NEVER: False}[self.server.starttls]
        _, reply = await aiosmtplib.send(
            letter.message,
            recipients=[letter.recipient],
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password,
            use_tls=self.server.tls_from_start,
            start_tls=False if self.server.tls_from_start else starttls,
            tls_context=self._tls,
            timeout=self.timeout,
        )
        return reply


def _not_delivered(error: SMTPException) -> NotDelivered:
    """What a failure means.

    A 5xx is for good only when it speaks of this mail: a server that refuses us as such (at the greeting, at TLS, at
    the password) may be set right, and the mail must not be lost by then.
    """
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, (SMTPRecipientRefused, SMTPSenderRefused, SMTPDataError)):
        return NotDelivered(f"{error.code} {error.message}", permanent=error.code in PERMANENT)
    if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPConnectResponseError):
        return NotDelivered(f"{error.code} {error.message}")
    if isinstance(error, SMTPConnectError):
        return NotDelivered(f"The mail server was not reached: {error}")
    return NotDelivered(str(error) or type(error).__name__)
