"""A small stand-in for PgBouncer: it rejects startup parameters, and lends its database sessions to clients.

In the mode `session`, a client keeps its session. In the mode `transaction`, it keeps one until its transaction ends;
the one that was used last is lent first. In the mode `managed`, any of at most `SESSIONS` is lent, and the pooler
manages the prepared statements of its clients, as PgBouncer does from 1.21 on. It knows just enough of PostgreSQL's
protocol for a server without passwords.
"""

import asyncio
import random
import secrets
import shutil
import struct
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

SESSIONS = 3
"""How many sessions are lent in the mode `managed`."""

KNOWN = {"user", "database", "client_encoding", "application_name"}
IDLE = b"I"
"""The state of a session without a transaction."""

PARSED = b"1"
"""The type of the message that a statement is prepared."""

ENDS = {b"Q": b"Z", b"S": b"Z", b"H": b"TnE"}
"""The types of messages that end the answer to a query, a sync, and the description of a statement."""


@dataclass
class Stream:
    """One end of a connection."""

    reader: StreamReader
    writer: StreamWriter
    prepared: dict[bytes, bytes] = field(default_factory=dict)
    """The prepared statements of a client, or of a session: what comes after the name in the message, by name."""

    async def message(self) -> tuple[bytes, bytes]:
        """The type of the next message, and all of its bytes."""
        head = await self.reader.readexactly(5)
        return head[:1], head + await self.reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)

    def send(self, kind: bytes, content: bytes) -> None:
        self.writer.write(_message(kind, content))


@dataclass
class FakePooler:
    """The pooler of one database. `rejects` tells whether it rejects unknown startup parameters or drops them."""

    socket: str
    database: str
    mode: str
    rejects: bool
    idle: list[Stream] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    greeting: bytes = b""
    """The parameters that the server reports when a session begins."""
    greeted: asyncio.Lock = field(default_factory=asyncio.Lock)
    lent: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SESSIONS))
    """The sessions that may still be lent in the mode `managed`."""

    def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one client until it leaves."""
        self.tasks.append(asyncio.create_task(self._serve(Stream(reader, writer))))

    async def close(self) -> None:
        """Leave all clients and sessions."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for stream in self.streams:
            stream.writer.close()
            with suppress(ConnectionError):
                await stream.writer.wait_closed()

    async def _serve(self, client: Stream) -> None:
        self.streams.append(client)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            if await self._welcome(client):
                if self.mode == "session":
                    await self._keep(client)
                else:
                    await (self._lend_managed(client) if self.mode == "managed" else self._lend(client))
        client.writer.close()

    async def _welcome(self, client: Stream) -> bool:
        size = struct.unpack("!i", await client.reader.readexactly(4))[0]
        words = (await client.reader.readexactly(size - 4))[4:].split(b"\0")
        unknown = [word.decode() for word in words[:-2:2] if word.decode() not in KNOWN]
        if unknown and self.rejects:
            text = f"unsupported startup parameter: {unknown[0]}"
            client.send(b"E", b"SFATAL\0C08P01\0M" + text.encode() + b"\0\0")
            return False
        async with self.greeted:
            if not self.greeting:
                self.idle.append(await self._connect())
        client.send(b"R", struct.pack("!i", 0))
        client.writer.write(self.greeting)
        client.send(b"K", secrets.token_bytes(8))
        client.send(b"Z", IDLE)
        return True

    async def _connect(self) -> Stream:
        server = Stream(*await asyncio.open_unix_connection(self.socket))
        self.streams.append(server)
        words = b"user\0postgres\0database\0" + self.database.encode() + b"\0client_encoding\0UTF8\0\0"
        server.writer.write(struct.pack("!ii", len(words) + 8, 3 << 16) + words)
        kind, whole = await server.message()
        parameters = b""
        while kind != b"Z":
            assert kind != b"E", whole
            parameters += whole if kind == b"S" else b""
            kind, whole = await server.message()
        self.greeting = parameters
        return server

    async def _keep(self, client: Stream) -> None:
        server = await self._connect()
        await asyncio.gather(_copy(client, server), _copy(server, client))

    async def _lend(self, client: Stream) -> None:
        server: Stream | None = None
        pending = b""
        while True:
            kind, whole = await client.message()
            if kind == b"X":
                return
            pending += whole
            if kind in ENDS:
                server = server or (self.idle.pop() if self.idle else await self._connect())
                server.writer.write(pending)
                pending = b""
                state = await self._answer(server, client, ENDS[kind])
                if kind != b"H" and state == IDLE:
                    self.idle.append(server)
                    server = None

    async def _lend_managed(self, client: Stream) -> None:
        server: Stream | None = None
        batch: list[tuple[bytes, bytes]] = []
        try:
            while True:
                kind, whole = await client.message()
                if kind == b"X":
                    return
                batch.append((kind, whole))
                if kind in ENDS:
                    if server is None:
                        await self.lent.acquire()
                        server = self.idle.pop(random.randrange(len(self.idle))) if self.idle else await self._connect()
                    added = _send_renamed(batch, client, server)
                    batch = []
                    state = await self._answer(server, client, ENDS[kind], added)
                    if kind != b"H" and state == IDLE:
                        self.idle.append(server)
                        server = None
                        self.lent.release()
        finally:
            if server is not None:
                # A client that leaves in a transaction leaves a session that nobody can use.
                server.writer.close()
                self.lent.release()

    async def _answer(self, server: Stream, client: Stream, ends: bytes, added: int = 0) -> bytes:
        """Pass on the answer up to a message of one of the types `ends`, and return that message's last byte. The first
        `added` statements were prepared by the pooler: the client doesn't hear of them."""
        kind = b"-"
        while kind not in ends:
            kind, whole = await server.message()
            if kind == PARSED and added:
                added -= 1
                continue
            client.writer.write(whole)
        return whole[-1:]


def _send_renamed(batch: list[tuple[bytes, bytes]], client: Stream, server: Stream) -> int:
    """Send the messages of a client, with other names for its prepared statements, after preparing those that this
    session lacks. Returns how many that were."""
    renamed, lacking = b"", {}
    for kind, whole in batch:
        name, before, after = _statement_of(kind, whole[5:])
        if not name:
            renamed += whole
            continue
        if kind == b"P":
            client.prepared[name] = after
        own = b"POOLER_" + format(id(client), "x").encode() + b"_" + name
        if kind == b"P":
            server.prepared[own] = after
        elif kind != b"C" and own not in server.prepared:
            lacking[own] = server.prepared[own] = client.prepared[name]
        renamed += _message(kind, before + own + b"\0" + after)
    server.writer.write(b"".join(_message(b"P", own + b"\0" + after) for own, after in lacking.items()) + renamed)
    return len(lacking)


def _statement_of(kind: bytes, content: bytes) -> tuple[bytes, bytes, bytes]:
    """The name of the prepared statement that a message is about, with what comes before and after it."""
    before = b""
    if kind == b"B":
        portal, _, content = content.partition(b"\0")
        before = portal + b"\0"
    elif kind in b"DC" and content[:1] == b"S":
        before, content = content[:1], content[1:]
    elif kind != b"P":
        return b"", b"", content
    name, _, after = content.partition(b"\0")
    return name, before, after


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


async def _copy(source: Stream, target: Stream) -> None:
    while data := await source.reader.read(65536):
        target.writer.write(data)
    target.writer.close()


@asynccontextmanager
async def fake_pooler(database_url: str, mode: str, *, rejects: bool = True) -> AsyncIterator[str]:
    """Run a pooler for the database until the end of the block, and yield its URL."""
    address = urlsplit(database_url)
    socket = f"{parse_qs(address.query)['host'][0]}/.s.PGSQL.5432"
    pooler = FakePooler(socket, address.path[1:], mode, rejects)
    # A short path, as a socket needs.
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    server = await asyncio.start_unix_server(pooler.accept, folder / ".s.PGSQL.5432")
    try:
        yield f"postgresql://postgres@/{pooler.database}?host={quote(str(folder), safe='/')}"
    finally:
        server.close()
        await pooler.close()
        shutil.rmtree(folder)
