"""Raw connections to a server: what it says to any bytes, in segments as they are given."""

import asyncio
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

PAUSE_SECONDS = 0.02
"""The pause between two segments, so that they don't arrive as one."""


@dataclass(frozen=True)
class Said:
    """All that a server said on one connection, and whether it closed the connection."""

    text: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The statuses of the responses, in order."""
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.text)]


async def say(port: int, *segments: bytes, until: bytes | None = None, seconds: float = 60) -> Said:
    """Sends the segments one by one, and returns what the server says until it closes the connection, or has said
    `until`. Without `until`, `GET /end` with `Connection: close` should be the last request, or the server should close
    the connection by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    with closing(writer):
        await _send(writer, segments)
        async with asyncio.timeout(seconds):
            while until is None or until not in received:
                try:
                    part = await reader.read(65_536)
                except ConnectionResetError:
                    part = b""
                if not part:
                    return Said(bytes(received), closed=True)
                received += part
    return Said(bytes(received), closed=False)


async def _send(writer: asyncio.StreamWriter, segments: Iterable[bytes]) -> None:
    try:
        for segment in segments:
            writer.write(segment)
            await writer.drain()
            await asyncio.sleep(PAUSE_SECONDS)
    except ConnectionError:
        return


def post(path: str, body: bytes, *headers: str, version: str = "1.1") -> bytes:
    """The head of a POST with this body; the body itself is for the caller to send."""
    lines = [f"POST {path} HTTP/{version}", "Host: portico.example", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode()


def get(path: str, *headers: str) -> bytes:
    """A GET."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: portico.example", *headers, "", ""]).encode()


END = get("/end", "Connection: close")
