"""Sends mail over SMTP (RFC 5321), with aiosmtplib.

One URL names the server:

    smtp://user:password@mail.example:587      clear text first, then STARTTLS
    smtps://user:password@mail.example:465     TLS from the start
    smtp://…?starttls=required|optional|never  overrides the default

With a password, STARTTLS is required unless the server is on this machine; without one it is used if the server offers
it. Required TLS checks the server's certificate against those that the system trusts (`SSL_CERT_FILE` adds to them).
Optional TLS and TLS to this machine are not checked: clear text would be acceptable there too.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from app.mail.transport import NotDelivered, OutgoingMessage

log = logging.getLogger("portico.mail")

T = TypeVar("T")

PORTS = {"smtp": 25, "smtps": 465}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
REPLY_CODES = range(200, 600)
"""The reply codes of SMTP (RFC 5321, section 4.2). For a reply without one, aiosmtplib says -1."""

PERMANENT = range(500, 600)
QUIT_TIMEOUT = 5.0
"""How long to wait for the server's reply to QUIT, in seconds."""

NEEDS_SMTPUTF8 = (
    "The address has characters that only mail servers with SMTPUTF8 accept, and this one does not support it."
)


class Starttls(StrEnum):
    """Whether the connection is upgraded to TLS."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server that takes the mails, and how to connect to it."""

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
        """Whether TLS must protect the connection, so that the certificate is checked."""
        return not self.is_local and (self.tls_from_start or self.starttls is Starttls.REQUIRED)


def parse_smtp_url(url: str) -> SmtpServer:
    """The server that `url` names. Raises ValueError with a message that never repeats the password."""
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
    starttls = query.pop("starttls", None)
    if query or (starttls and (tls_from_start or starttls[-1] not in list(Starttls))):
        raise ValueError("an SMTP URL takes one parameter, with smtp:// only: starttls=required|optional|never")
    default = Starttls.REQUIRED if parts.password and host not in LOCAL_HOSTS else Starttls.OPTIONAL
    return SmtpServer(
        host=host,
        port=port or PORTS[parts.scheme],
        tls_from_start=tls_from_start,
        starttls=Starttls(starttls[-1]) if starttls else default,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class SmtpTransport:
    """Delivers mails to an SMTP server, one connection each. `timeout` is the limit for each, in seconds."""

    def __init__(self, server: SmtpServer, timeout: float) -> None:
        self.server = server
        self.timeout = timeout
        self._tls = ssl.create_default_context()
        if not server.checks_certificate:
            self._tls.check_hostname = False
            self._tls.verify_mode = ssl.CERT_NONE

    async def deliver(self, mail: OutgoingMessage) -> str:
        """Hand `mail` over and return the server's last reply. Raises `NotDelivered`."""
        return await self._in_session(lambda client: self._send(client, mail))

    async def check(self) -> bool:
        """Connect and sign in as `deliver` does, without a mail. Returns whether TLS protects the connection. Raises
        `NotDelivered`."""
        return await self._in_session(_connect)

    async def _in_session(self, work: Callable[[aiosmtplib.SMTP], Awaitable[T]]) -> T:
        client = self._client()
        try:
            async with asyncio.timeout(self.timeout):
                result = await work(client)
        except TimeoutError as error:
            raise NotDelivered(f"The mail server did not answer within {self.timeout:g} seconds.") from error
        except SMTPException as error:
            raise _not_delivered(error) from error
        except OSError as error:
            raise NotDelivered(f"The mail server could not be reached: {error}") from error
        else:
            await self._quit(client)
            return result
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        starttls = {Starttls.REQUIRED: True, Starttls.OPTIONAL: None, Starttls.NEVER: False}[self.server.starttls]
        return aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password,
            use_tls=self.server.tls_from_start,
            start_tls=False if self.server.tls_from_start else starttls,
            tls_context=self._tls,
            timeout=self.timeout,
        )

    async def _send(self, client: aiosmtplib.SMTP, mail: OutgoingMessage) -> str:
        await client.connect()
        try:
            _, reply = await client.send_message(mail.message, sender=mail.sender, recipients=[mail.recipient])
        except SMTPNotSupported as error:
            # Raised for SMTPUTF8 only. Another recipient won't change the sender, which is a setting.
            if mail.sender.isascii():
                raise NotDelivered(NEEDS_SMTPUTF8, permanent=True) from error
            raise NotDelivered("The mail server does not support the sender's address (SMTPUTF8).") from error
        return reply

    async def _quit(self, client: aiosmtplib.SMTP) -> None:
        # The server has the mail. Whatever follows must not make it count as unsent, or it would be sent again.
        try:
            async with asyncio.timeout(min(QUIT_TIMEOUT, self.timeout)):
                await client.quit()
        except (SMTPException, OSError) as error:
            log.debug("The mail server took the mail, but did not end the session: %s", type(error).__name__)


async def _connect(client: aiosmtplib.SMTP) -> bool:
    await client.connect()
    return client.get_transport_info("sslcontext") is not None


def _not_delivered(error: SMTPException) -> NotDelivered:
    """The failure as `NotDelivered`.

    A 5xx reply is permanent only if it is about this mail. A server that rejects us altogether (at the greeting, at
    TLS, at the password) may be reconfigured, and the mail must not be lost until then.
    """
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException) and error.code not in REPLY_CODES:
        return NotDelivered(f"The mail server's reply is not one of SMTP: {error.message}")
    if isinstance(error, (SMTPRecipientRefused, SMTPSenderRefused, SMTPDataError)):
        return NotDelivered(f"{error.code} {error.message}", permanent=error.code in PERMANENT)
    if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPConnectResponseError):
        return NotDelivered(f"{error.code} {error.message}")
    if isinstance(error, SMTPConnectError):
        return NotDelivered(f"The mail server could not be reached: {error}")
    return NotDelivered(str(error) or type(error).__name__)
