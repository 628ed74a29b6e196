"""A load generator: repeats one request on keep-alive connections, one at a time on each.

    python -m benchmarks.client PORT CONNECTIONS SECONDS < request

where `request` is the bytes of an HTTP/1.1 request to 127.0.0.1. It runs in a separate process and does the minimum: it
reads the status and the length of each response, but doesn't parse the body. It prints `{"answers": n, "seconds": s}`;
any status but 200 is an error.
"""

import asyncio
import json
import re
import sys
from time import perf_counter
from typing import cast

import uvloop

PATIENCE = 60.0
"""How long to wait for the last responses after the end of the measurement, in seconds."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Load:
    """The state that all connections share: request, end of the measurement, and number of responses."""

    def __init__(self, request: bytes, seconds: float) -> None:
        self.request = request
        self.answers = 0
        self.begin = self.last = perf_counter()
        self.end = self.begin + seconds


class Sender(asyncio.Protocol):
    """One connection. `done` is set when its last response has arrived."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head = b""
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.load.request)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a response; after the last one, send the next request."""
        if self._missing < 0:
            self._head += data
            end = self._head.find(_END)
            if end < 0:
                return
            length = _LENGTH.search(self._head, 0, end)
            if length is None or not self._head.startswith(b"HTTP/1.1 200 "):
                self._fail(ValueError(f"unexpected response: {self._head[:500]!r}"))
                return
            self._missing = end + len(_END) + int(length[1]) - len(self._head)
            self._head = b""
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end of the connection before the last response as an error."""
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
    """The number of responses, and the seconds they took. Raises ValueError, ConnectionError, TimeoutError."""
    loop = asyncio.get_running_loop()
    load = Load(request, seconds)
    connected = [await loop.create_connection(lambda: Sender(load), "127.0.0.1", port) for _ in range(connections)]
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(*(sender.done for _, sender in connected))
    finally:
        for transport, _ in connected:
            transport.close()
    return load.answers, load.last - load.begin


def main() -> None:
    """Run the command line."""
    port, connections, seconds = sys.argv[1:]
    request = sys.stdin.buffer.read()
    answers, duration = uvloop.run(run(int(port), int(connections), float(seconds), request))
    print(json.dumps({"answers": answers, "seconds": duration}))


if __name__ == "__main__":
    main()
