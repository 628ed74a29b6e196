"""Counts the round trips between a server and PostgreSQL: a proxy on a Unix socket that reads PostgreSQL's answers.

PostgreSQL ends each answer with one message, ReadyForQuery (`Z`), whether a client sent a statement, a `BEGIN` or
several messages at once. So their number is that of the round trips, whichever driver sent them.
"""

import asyncio
import shutil
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

READY_FOR_QUERY = ord("Z")
HEAD_BYTES = 5
CHUNK_BYTES = 65_536


@dataclass
class RoundTripProxy:
    """A proxy that listens at `url` and passes everything on to the socket at `target`. `count` is how many round
    trips there were so far."""

    url: str
    target: str
    count: int = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection until one side closes it."""
        database_reader, database_writer = await asyncio.open_unix_connection(self.target)
        sides = [
            asyncio.create_task(self._pass_on(reader, database_writer)),
            asyncio.create_task(self._pass_on_and_count(database_reader, writer)),
        ]
        with suppress(ConnectionError):
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in sides:
            side.cancel()
        database_writer.close()
        writer.close()

    async def _pass_on(self, source: StreamReader, target: StreamWriter) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            target.write(chunk)

    async def _pass_on_and_count(self, source: StreamReader, target: StreamWriter) -> None:
        buffer = bytearray()
        while chunk := await source.read(CHUNK_BYTES):
            buffer += chunk
            self.count += _take_messages(buffer)
            target.write(chunk)


def _take_messages(buffer: bytearray) -> int:
    """Removes the complete messages from `buffer` and returns how many of them are ReadyForQuery."""
    begin = found = 0
    while len(buffer) - begin >= HEAD_BYTES:
        size = 1 + int.from_bytes(buffer[begin + 1 : begin + HEAD_BYTES])
        if len(buffer) - begin < size:
            break
        found += buffer[begin] == READY_FOR_QUERY
        begin += size
    del buffer[:begin]
    return found


@asynccontextmanager
async def counting_round_trips(url: str) -> AsyncIterator[RoundTripProxy]:
    """Run a proxy to the database `url`, which is on a Unix socket (`?host=/folder`), while the block runs."""
    parts = urlsplit(url)
    (host,) = parse_qs(parts.query)["host"]
    folder = Path(tempfile.mkdtemp(prefix="trips-"))
    proxy = RoundTripProxy(parts._replace(query=f"host={quote(str(folder))}").geturl(), f"{host}/.s.PGSQL.5432")
    server = await asyncio.start_unix_server(proxy.serve, folder / ".s.PGSQL.5432")
    try:
        yield proxy
    finally:
        server.close()
        shutil.rmtree(folder)
