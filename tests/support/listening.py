"""A TCP server of a test that leaves no connection open when it ends."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Serves each connection to a free port, which it yields. At the end, cancels what still serves and closes all
    connections: before Python 3.12, a server that closes leaves its connections open."""
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections[task] = writer
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await serve(reader, writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        finally:
            _abort(writer)
            del connections[task]

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        while connections:
            for task, writer in list(connections.items()):
                _abort(writer)
                task.cancel()
            await asyncio.wait(connections)
        await asyncio.sleep(0)


def _abort(writer: asyncio.StreamWriter) -> None:
    """Closes a connection, whatever it waits for. With TLS, older versions of Python 3.11 raise AttributeError if it is
    closed already."""
    with suppress(AttributeError):
        writer.transport.abort()
