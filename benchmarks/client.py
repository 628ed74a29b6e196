"""A load generator: sends one request over and over on keep-alive connections, as many at a time as there are those.

    python -m benchmarks.client PORT CONNECTIONS SECONDS < request

where `request` is the bytes of an HTTP/1.1 request. It talks to 127.0.0.1 only, in a process of its own, and does the
least that an honest client can: it looks at the status and the length of each answer, and not into it. It prints
`{"answers": n, "seconds": s}`; any answer but 200 ends it with an error.
"""

import asyncio
import json
import re
import sys
from time import perf_counter
from typing import cast

import uvloop

PATIENCE = 60.0
"""Seconds after the end of the measurement by which the last answers must have come."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Load:
    """What all connections share: the request, the end of the measurement, and the count of answers."""

    def __init__(self, request: bytes, seconds: float) -> None:
        self.request = request
        self.answers = 0
        self.begin = self.last = perf_counter()
        self.end = self.begin + seconds


class Sender(asyncio.Protocol):
    """One connection. `done` is set when its last answer has come."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head = b""
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of an answer; after the last one comes the next request."""
        if self._missing < 0:
            self._head += data
            end = self._head.find(_END)
            if end < 0:
                return
            length = _LENGTH.search(self._head, 0, end)
            if length is None or not self._head.startswith(b"HTTP/1.1 200 "):
                self._fail(ValueError(f"unexpected answer: {self._head[:500]!r}"))
                return
            self._missing = end + len(_END) + int(length[1]) - len(self._head)
            self._head = b""
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        """An end before the last answer is an error."""
        self._fail(exc or ConnectionError("the server closed the connection"))

    def _answered(self) -> None:
        self._missing = -1
        self.load.answers += 1
        self.load.last = perf_counter()
        if self.load.last < self.load.end:
            self.transport.write(self.load.request)
        elif not self.done.done():
            self.done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def run(port: int, connections: int, seconds: float, request: bytes) -> tuple[int, float]:
    """How many answers came, and in how many seconds. Raises ValueError, ConnectionError, TimeoutError."""
    loop = asyncio.get_running_loop()
    load = Load(request, seconds)
    made = [await loop.create_connection(lambda: Sender(load), "127.0.0.1", port) for _ in range(connections)]
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(*(sender.done for _, sender in made))
    finally:
        for transport, _ in made:
            transport.close()
    return load.answers, load.last - load.begin


def main() -> None:
    """Runs the command line."""
    port, connections, seconds = sys.argv[1:]
    request = sys.stdin.buffer.read()
    answers, took = uvloop.run(run(int(port), int(connections), float(seconds), request))
    print(json.dumps({"answers": answers, "seconds": took}))


if __name__ == "__main__":
    main()
