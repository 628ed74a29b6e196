"""A load generator: repeats one request on keep-alive connections, one at a time on each.

    python -m benchmarks.client PORT CONNECTIONS SECONDS < request

where `request` is the bytes of an HTTP/1.1 request to 127.0.0.1. It runs in a separate process and does the minimum: it
reads the status and the length of each response, but doesn't parse the body. It prints `{"answers": n, "seconds": s,
"p50": ms, "p99": ms}`; any status but 200 is an error.
"""

import asyncio
import json
import re
import sys
from statistics import quantiles
from time import perf_counter
from typing import cast

import uvloop

PATIENCE = 60.0
"""How long to wait for the last responses after the end of the measurement, in seconds."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Load:
    """The state that all connections share: request, end of the measurement, number and times of the responses."""

    def __init__(self, request: bytes, seconds: float) -> None:
        self.request = request
        self.answers = 0
        self.times: list[float] = []
        self.begin = self.last = perf_counter()
        self.end = self.begin + seconds


class Sender(asyncio.Protocol):
    """One connection. `done` is set when its last response has arrived."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head = b""
        self._missing = -1
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self._send()

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

    def _send(self) -> None:
        self._sent = perf_counter()
        self.transport.write(self.load.request)

    def _answered(self) -> None:
        self._missing = -1
        self.load.answers += 1
        self.load.last = perf_counter()
        self.load.times.append(self.load.last - self._sent)
        if self.load.last < self.load.end:
            self._send()
        elif not self.done.done():
            self.done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def run(port: int, connections: int, seconds: float, request: bytes) -> Load:
    """The finished measurement. Raises ValueError, ConnectionError, TimeoutError."""
    loop = asyncio.get_running_loop()
    load = Load(request, seconds)
    connected = [await loop.create_connection(lambda: Sender(load), "127.0.0.1", port) for _ in range(connections)]
    try:
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(*(sender.done for _, sender in connected))
    finally:
        for transport, _ in connected:
            transport.close()
    return load


def main() -> None:
    """Run the command line."""
    port, connections, seconds = sys.argv[1:]
    request = sys.stdin.buffer.read()
    load = uvloop.run(run(int(port), int(connections), float(seconds), request))
    percentiles = quantiles(load.times, n=100) if len(load.times) > 1 else load.times * 99
    times = {"p50": percentiles[49] * 1000, "p99": percentiles[98] * 1000}
    print(json.dumps({"answers": load.answers, "seconds": load.last - load.begin} | times))


if __name__ == "__main__":
    main()
