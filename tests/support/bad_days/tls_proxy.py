"""A PostgreSQL server that speaks TLS: the embedded one is built without, so a proxy ends TLS in front of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.bad_days.forwarding import copy

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""What a client sends first (PostgreSQL manual, message formats: SSLRequest)."""


class TlsProxy:
    """Forwards connections to a socket in the file system. `use` gives it another certificate; `port` is its own."""

    def __init__(self, target: Path) -> None:
        self.port = 0
        self._target = target
        self._context: ssl.SSLContext | None = None
        self._open: set[asyncio.StreamWriter] = set()

    def use(self, context: ssl.SSLContext) -> None:
        """Show this certificate from now on, and end all connections, as a restarted server does."""
        self._context = context
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        self._open.add(writer)
        try:
            assert await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST
            writer.write(b"S")
            assert self._context
            await writer.start_tls(self._context)
            to_read, to_write = await asyncio.open_unix_connection(self._target)
            try:
                tasks = [asyncio.create_task(each) for each in (copy(reader, to_write), copy(to_read, writer))]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            finally:
                to_write.close()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


@asynccontextmanager
async def tls_proxy(target: Path) -> AsyncIterator[TlsProxy]:
    """Run a proxy on a free local port until the end of the block."""
    proxy = TlsProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
