"""A proxy in front of PostgreSQL that can fall silent: it keeps its connections, takes new ones, and passes nothing
on, as a machine whose disk hangs, or a network that loses everything."""

import asyncio
import shutil
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


class SilentProxy:
    """The proxy of the database at `target_url`, which is on a Unix socket. `folder` has its own socket; `accepted` is
    how many connections it has taken, and `open` how many are still open."""

    def __init__(self, target_url: str, folder: Path) -> None:
        parts = urlsplit(target_url)
        (host,) = parse_qs(parts.query)["host"]
        self.folder, self.accepted, self.open = folder, 0, 0
        self.url = parts._replace(query=f"host={quote(str(folder), safe='/')}").geturl()
        self._target = f"{host}/.s.PGSQL.5432"
        self._speaks = asyncio.Event()
        self._speaks.set()

    def fall_silent(self) -> None:
        """Pass nothing on any more."""
        self._speaks.clear()

    def speak(self) -> None:
        """Go on."""
        self._speaks.set()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection until one side closes it."""
        self.accepted += 1
        self.open += 1
        database_reader, database_writer = await asyncio.open_unix_connection(self._target)
        there, back = asyncio.Queue[bytes](), asyncio.Queue[bytes]()
        reading = [asyncio.create_task(_read(reader, there)), asyncio.create_task(_read(database_reader, back))]
        writing = [
            asyncio.create_task(self._write(there, database_writer)),
            asyncio.create_task(self._write(back, writer)),
        ]
        try:
            await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*reading, *writing):
                task.cancel()
            for end in (writer, database_writer):
                end.transport.abort()
            self.open -= 1

    async def _write(self, chunks: asyncio.Queue[bytes], target: StreamWriter) -> None:
        while True:
            chunk = await chunks.get()
            await self._speaks.wait()
            target.write(chunk)


async def _read(source: StreamReader, chunks: asyncio.Queue[bytes]) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(65_536):
            chunks.put_nowait(chunk)


@asynccontextmanager
async def silent_proxy(target_url: str) -> AsyncIterator[SilentProxy]:
    """Run such a proxy until the end of the block. It speaks at first."""
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    proxy = SilentProxy(target_url, folder)
    server = await asyncio.start_unix_server(proxy.serve, folder / ".s.PGSQL.5432")
    try:
        yield proxy
    finally:
        proxy.speak()
        server.close()
        shutil.rmtree(folder)
