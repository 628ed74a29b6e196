"""Writes a response that is complete at once, head and body, with one system call.

uvicorn writes the head when it comes, and the body after it. Each write costs as much as a tenth of a small read, and
wakes up the client. Here, the head waits for the first part of the body; if that is the last one too, both are written
together. Everything else goes uvicorn's way: streams, HEAD, and clients that don't read.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

END_OF_LINE: Final = b"\r\n"

JOINED_BYTES: Final = 65_536
"""The largest body that is copied behind its head: more would cost as much as a second system call."""


class ResponseWriter:
    """Runs `app` for one request: that of `cycle`."""

    __slots__ = ("_app", "_cycle", "_head", "_send")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._head: Message | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs the application (ASGI). If it fails before the body, nothing has been written."""
        self._send = send
        await self._app(scope, receive, self.send)

    async def send(self, message: Message) -> None:
        """Sends a part of the response (ASGI)."""
        if message["type"] == "http.response.start" and self._head is None:
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            written = head_bytes(self._cycle, head, message)
            if written is not None:
                self._write(written, message["body"])
                return
            await self._send(head)
        await self._send(message)

    def _write(self, head: bytes, body: bytes) -> None:
        """Writes a whole response, and ends it as uvicorn's `RequestResponseCycle.send` does."""
        cycle = self._cycle
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        # uvloop's `writelines` is slower than two writes.
        if len(body) <= JOINED_BYTES:
            cycle.transport.write(head + body)
        else:
            cycle.transport.write(head)
            cycle.transport.write(body)
        cycle.message_event.set()
        cycle.on_response()


def head_bytes(cycle: RequestResponseCycle, head: Message, body: Message) -> bytes | None:
    """Returns the bytes of a head, or None unless `body` is all of the body, of the length that the head says, and can
    be written now."""
    content = body.get("body")
    if (
        not content
        or body.get("more_body")
        or cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or not cycle.keep_alive
        or cycle.scope["method"] == "HEAD"
    ):
        return None
    headers = [*cycle.default_headers, *head["headers"]]
    lines = [STATUS_LINE[head["status"]]]
    length = None
    for sent_name, value in headers:
        name = sent_name.lower()
        if name == b"content-length":
            length = value
        elif name in _OF_UVICORN:
            return None
        lines += name, b": ", value, END_OF_LINE
    lines.append(END_OF_LINE)
    written = b"".join(lines)
    # The status line, each header and the end have a line break, and no name or value has one.
    breaks = len(headers) + 2
    is_valid = written.count(b"\n") == written.count(b"\r") == breaks and b"\0" not in written
    return written if is_valid and length == b"%d" % len(content) else None


_OF_UVICORN: Final = frozenset({b"connection", b"transfer-encoding"})
"""Headers that say how the connection goes on, which uvicorn evaluates."""
