"""An HTTP server whose responses are bytes that a test gives, and which keeps what it received; and a certificate."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trustme

from tests.support.listening import listening

AUTHORITY = trustme.CA()
"""The authority that signs the servers' certificates. A client trusts it with `trusting()`."""

EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Received:
    """A request as it came in. `server_name` is that of TLS (SNI)."""

    line: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None


@dataclass
class ScriptedServer:
    """`respond` returns the bytes of a response. `connections` counts those that were opened."""

    port: int = 0
    respond: Callable[[Received], bytes | Awaitable[bytes]] = lambda _: EMPTY
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    server_names: list[str | None] = field(default_factory=list)


def trusting() -> ssl.SSLContext:
    """What a client needs to trust the servers."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def scripted_server(*names: str, host: str = "127.0.0.1") -> AsyncIterator[ScriptedServer]:
    """Runs a server on a free port, with TLS for these names if there are any."""
    server = ScriptedServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        name = server.server_names[-1] if server.server_names else None
        request = Received(head[0], headers, body, name)
        server.received.append(request)
        response = server.respond(request)
        writer.write(response if isinstance(response, bytes) else await response)
        await writer.drain()

    async with listening(serve, host=host, tls=_tls(server, names) if names else None) as server.port:
        yield server


def _tls(server: ScriptedServer, names: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(*names).configure_cert(context)

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        server.server_names.append(name)

    context.sni_callback = note
    return context
