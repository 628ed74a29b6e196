"""An HTTP proxy that connects whatever it is asked for to one server of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.listening import listening


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[tuple[int, bytearray]]:
    """Runs a proxy whose tunnels lead to `port` of this machine. Yields its port, and all bytes of its clients."""
    seen = bytearray()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, copy: bytearray | None) -> None:
        try:
            with suppress(OSError):
                while data := await reader.read(65_536):
                    if copy is not None:
                        copy.extend(data)
                    writer.write(data)
                    await writer.drain()
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.extend(await reader.readuntil(b"\r\n\r\n"))
        to_server, from_us = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(pipe(reader, from_us, seen), pipe(to_server, writer, None))

    async with listening(serve) as own_port:
        yield own_port, seen
