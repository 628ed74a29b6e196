"""Times single requests on one connection: the fastest of several, after a warm-up.

What other programs do on the machine makes each request slower by another time, and the longer ones by more: the
fastest of several is what the request itself takes.
"""

import json
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

WAIT_SECONDS = 120.0
"""How long a response may take. The server gives up earlier."""
SLOW_SECONDS = 2.0
"""A request that takes this long is not repeated."""
GAVE_UP = "TIMED_OUT"
"""The code of an error that is measured: the database took too long."""
WARM_UP_CALLS = 7
"""Calls that are not measured: the server tries two statements, three times each, before it chooses one."""
FEWEST_CALLS, MOST_CALLS = 5, 100


@dataclass(frozen=True)
class Timing:
    """The fastest of a request in milliseconds, or why it has none.

    `refused` is the code of the error that the server answered with. A request that the database gave up has both.
    """

    milliseconds: float | None
    refused: str | None = None
    size: int = 0


class Stopwatch:
    """One keep-alive connection of a viewer to a server on 127.0.0.1."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._socket: socket.socket | None = None

    def __enter__(self) -> "Stopwatch":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._close()

    def time(self, document: str, variables: dict[str, Any], seconds: float) -> Timing:
        """Repeat a query for some seconds, and return the time of the fastest."""
        begin = time.perf_counter()
        refused, body = self._ask(document, variables)
        first = time.perf_counter() - begin
        if refused is not None and refused != GAVE_UP:
            return Timing(None, refused)
        if first > SLOW_SECONDS:
            return Timing(first * 1000, refused, len(body))
        for _ in range(WARM_UP_CALLS - 1):
            self._ask(document, variables)
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < FEWEST_CALLS or (time.perf_counter() < end and len(times) < MOST_CALLS):
            begin = time.perf_counter()
            self._ask(document, variables)
            times.append(time.perf_counter() - begin)
        return Timing(min(times) * 1000, None, len(body))

    def data(self, document: str, variables: dict[str, Any]) -> Any:
        """The data of a response; None if the server answers with an error."""
        refused, body = self._ask(document, variables)
        return None if refused else json.loads(body)["data"]

    def _ask(self, document: str, variables: dict[str, Any]) -> tuple[str | None, bytes]:
        """The code of the error, if any, and the body."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        head = (
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        )
        status, content, closes = self._exchange(head.encode() + body)
        if closes:
            self._close()
        if status == 200 and not content.startswith(b'{"errors"') and b'"errors":[{"message"' not in content:
            return None, content
        return _code(content) or str(status), content

    def _exchange(self, request: bytes) -> tuple[int, bytes, bool]:
        """Status and body of the response, and whether the connection ends with it."""
        received = self._send(request) or self._send(request)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = received[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        parts, missing = [received[end + 4 :]], length - len(received) + end + 4
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        return int(head[9:12]), b"".join(parts), b"connection: close" in head

    def _send(self, request: bytes) -> bytes:
        """The beginning of the response; nothing if the server had closed the connection because it was idle."""
        idle = self._socket is not None
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=WAIT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(request)
            return self._receive()
        except ConnectionError:
            self._close()
            if not idle:
                raise
            return b""

    def _receive(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _code(content: bytes) -> str | None:
    try:
        errors = json.loads(content)["errors"]
        return str(errors[0]["extensions"]["code"])
    except (ValueError, LookupError, TypeError):
        return None
