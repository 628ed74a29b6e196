"""SMTP servers for tests: a real one, which stores what it receives and fails on demand, and a scripted one."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as PARSING
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.listening import listening

AUTHORITY = trustme.CA()
"""The authority that signed the server's certificate. No client trusts it by default."""


@dataclass
class MailServer:
    """The messages that the server received, and its answers to the next recipients and contents, before it accepts."""

    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    recipient_replies: list[str] = field(default_factory=list)
    content_replies: list[str] = field(default_factory=list)
    hangs: bool = False
    """Whether it accepts contents and then never answers."""

    goes_silent: bool = False
    """Whether it takes the next contents and then never answers."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it so
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if self.recipient_replies:
            return self.recipient_replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs:
            self.hangs = False
            await asyncio.sleep(3600)
        if self.content_replies:
            return self.content_replies.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=PARSING)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        self.over_tls.append(session.ssl is not None)
        if self.goes_silent:
            self.goes_silent = False
            await asyncio.sleep(3600)
        return "250 Taken as number 7"


@asynccontextmanager
async def mail_server(
    login: tuple[str, str] | None = None, tls: bool = False, smtputf8: bool = False
) -> AsyncIterator[MailServer]:
    """Run a server on a free local port. With `login` it requires that name and password, with `tls` it offers
    STARTTLS, with `smtputf8` it takes addresses that aren't ASCII."""
    server = MailServer()
    options: dict[str, Any] = {"enable_SMTPUTF8": smtputf8}
    if tls:
        options["tls_context"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        AUTHORITY.issue_cert("localhost", "127.0.0.1").configure_cert(options["tls_context"])
    if login:

        def authenticate(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
            right = (data.login.decode(), data.password.decode()) == login
            return AuthResult(success=right, handled=right)

        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls}
    loop = asyncio.get_running_loop()
    connections: list[SMTP] = []

    def connected() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # that passwords in clear text are unwise
            connections.append(SMTP(server, loop=loop, **options))
        return connections[-1]

    listening = await loop.create_server(connected, "127.0.0.1", 0)
    server.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server
    for connection in connections:
        if connection.transport is not None:
            connection.transport.close()
    await asyncio.sleep(0)


PATIENCE = 0.1
"""How long a scripted server that hangs up waits for its client, in seconds."""


@dataclass
class ScriptedServer:
    """A server that sends the next of `replies` for each line or mail that it receives, the first one as its greeting.

    After the last one it says nothing more, or `hangs_up`; then it also does while a client waits for more of a reply.
    `contents` are the mails that it received.
    """

    replies: list[bytes]
    hangs_up: bool = False
    url: str = ""
    contents: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    """The replies so far to the ends of mails."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        line, in_mail = b"", False
        while self.replies:
            reply = self.replies.pop(0)
            if in_mail:
                self.sent.append(reply)
            writer.write(reply)
            in_mail = line.upper() == b"DATA\r\n" and reply.startswith(b"354")
            try:
                async with asyncio.timeout(PATIENCE if self.hangs_up else None):
                    line = await reader.readuntil(b"\r\n.\r\n" if in_mail else b"\r\n")
            except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                return
            if in_mail:
                self.contents.append(line)
        if not self.hangs_up:
            await reader.read()


@asynccontextmanager
async def scripted_server(replies: list[bytes], hangs_up: bool = False) -> AsyncIterator[ScriptedServer]:
    """Run a `ScriptedServer` on a free local port."""
    server = ScriptedServer(replies, hangs_up)
    async with listening(server.serve) as port:
        server.url = f"smtp://127.0.0.1:{port}"
        yield server
