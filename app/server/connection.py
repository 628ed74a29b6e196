"""One connection: uvicorn's protocol on httptools, with every input and every wait limited.

It differs from uvicorn's in these points:

- An Upgrade is ignored (RFC 9110, section 7.8). httptools ends the request at its head then, so that its body would be
  parsed as the next request (Kludex/uvicorn#2722). Here, a new parser gets the head without the field Upgrade.
- The head of a request is limited in bytes, fields and time; so are trailers, which are dropped. Host must be valid.
- A request that can't be parsed is answered after the pipelined requests before it, never in their place.
- Pipelined requests are limited in number, and nothing more is read while some of them wait.
- A client that doesn't read its responses is disconnected.
"""

import asyncio
from typing import Any, Final

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.http.errors import HttpCode, HttpError
from app.server.limits import MAX_HEADERS, MAX_PIPELINED, ConnectionLimits, Refusals
from app.server.read_progress import ReadProgress
from app.server.rejection import rejection_bytes
from app.server.request_head import find_problem, without_upgrade

LINGER_SECONDS: Final = 2.0
"""How long the rest of a rejected request is read and dropped. If the connection were closed at once, the client's
system would drop the response unread (RFC 9112, section 9.6)."""

OVERHEAD: Final = len(": \r\n")


class PipelineFlow(FlowControl):
    """Flow control that reads nothing more while pipelined requests wait."""

    def __init__(self, transport: asyncio.Transport, waiting: Any) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Resumes reading unless requests wait."""
        if not self._waiting:
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """A connection. `config` must have the attributes `limits`, `refusals` and `draining`."""

    def __init__(
        self,
        config: Any,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._of_server = config
        self.limits: ConnectionLimits = config.limits
        self.refusals: Refusals = config.refusals
        self._max_bytes = self.limits.header_bytes
        self.running: RequestResponseCycle | None = None
        self.receiving: RequestResponseCycle | None = None
        self.rejection: HttpError | None = None
        self.in_head = False
        self.is_last = False
        self.drops_input = False
        self.waiting_since = self.running_since = self.loop.time()
        self._head_bytes = self._head_fields = self._silent_bytes = 0
        self._heard = False
        self._reading = ReadProgress()

    # The transport's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accepts a connection, unless there are too many busy ones."""
        super().connection_made(transport)
        self.flow = PipelineFlow(transport, self.pipeline)
        if len(self.connections) > self.limits.connections and not self._make_room():
            message = "The server has too many connections. Try again soon."
            self.reject(HttpError(503, HttpCode.UNAVAILABLE, message), "too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells the request in progress that its client is gone, and drops the waiting requests."""
        self.pipeline.clear()
        if self.running is not None and not self.running.response_complete:
            self.running.disconnected = True
            self.running.message_event.set()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Parses what has arrived, and rejects what is invalid or too large."""
        if self.drops_input:
            return
        if not self._is_draining():
            self._unset_keepalive_if_required()
        self._heard = False
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._stop_parsing()
            return
        # Bytes without any event are collected by the parser: an endless name, value or chunk extension.
        self._silent_bytes = 0 if self._heard else self._silent_bytes + len(data)
        if self._silent_bytes + self._head_bytes * self.in_head > self.limits.header_bytes:
            self.rejection = self._too_large()
            self._stop_parsing()

    def shutdown(self) -> None:
        """Ends the connection when its request in progress, if any, has been answered."""
        if self.running is None or self.running.response_complete:
            self.transport.close()
        else:
            self.running.keep_alive = False

    # The parser's side

    def on_message_begin(self) -> None:
        """A request begins."""
        self._heard = True
        if self.is_last or len(self.pipeline) >= MAX_PIPELINED:
            raise EOFError
        super().on_message_begin()
        self.in_head = True
        self._head_bytes = self._head_fields = 0
        if self.running is None:
            self.waiting_since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of the request target has arrived."""
        self._heard = True
        self._head_bytes += len(url)
        if self._head_bytes > self._max_bytes:
            self.rejection = self._too_large(414)
            raise self.rejection
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head or of the trailers has arrived. Trailers are dropped: nothing uses them, and a proxy has
        not checked them as it has checked the head."""
        self._heard = True
        self._head_bytes = size = self._head_bytes + len(name) + len(value) + OVERHEAD
        self._head_fields = fields = self._head_fields + 1
        if size > self._max_bytes or fields > MAX_HEADERS:
            self.rejection = self._too_large()
            raise self.rejection
        if self.in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete: the request starts, or waits for those before it."""
        upgrade = self.parser.should_upgrade()
        problem = find_problem(self.parser.get_http_version(), self.headers)
        if upgrade and self.parser.get_method() == b"CONNECT":
            problem = "CONNECT is not supported."
        if problem is not None:
            self.rejection = HttpError(400, HttpCode.BAD_REQUEST, problem)
            raise self.rejection
        if upgrade:
            return
        super().on_headers_complete()
        self.in_head = False
        self.receiving = self.cycle
        self.is_last = not self.cycle.keep_alive

    def on_body(self, body: bytes) -> None:
        """A part of the body has arrived."""
        self._heard = True
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """The size of a chunk has arrived."""
        self._heard = True

    def on_message_complete(self) -> None:
        """The request is complete, unless it is parsed again without its Upgrade."""
        self._heard = True
        if not self.in_head:
            super().on_message_complete()
            self.receiving = None

    # The application's side

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.running = cycle
        self.running_since = self.loop.time()
        if self._is_last_of_server():
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    def _is_last_of_server(self) -> bool:
        """Whether the server is being replaced, and the client has sent nothing else on this connection."""
        return self._of_server.draining and not self.pipeline

    def on_response_complete(self) -> None:
        """A response is complete: the next request starts, or the rejection of an invalid one is sent."""
        self.running = None
        super().on_response_complete()
        if self.running is None:
            self.waiting_since = self.loop.time()
            if self.rejection is not None and not self.transport.is_closing():
                self._send_rejection()

    # Limits

    def reject(self, error: HttpError, reason: str) -> None:
        """Answers with `error` after the requests before it, and closes the connection. `reason` is for the log."""
        self.refusals.add(reason)
        self.rejection = error
        self.drops_input = True
        if self.receiving is not None:
            self._give_up(self.receiving)
        if self.running is None and not self.transport.is_closing():
            self._send_rejection()

    def check(self, now: float) -> None:
        """Ends what takes too long; called every second. `now` is the time of the event loop in seconds."""
        unsent = self.transport.get_write_buffer_size()
        if self._reading.seconds_without(unsent, now) > self.limits.seconds:
            self.refusals.add("response not read")
            self.transport.abort()
        if unsent or self.drops_input or self.transport.is_closing():
            return
        if self.running is not None:
            if self.running is self.receiving and now - self.running_since > self.limits.seconds:
                self._reject_slow("body")
        elif now - self.waiting_since > self.limits.seconds:
            if self.in_head:
                self._reject_slow("request")
            else:
                self.refusals.add("no request")
                self.transport.close()

    def waits_for_client(self) -> bool:
        """Whether the connection waits for its client, so that closing it interrupts no work of the server."""
        return self.running is None or self.running.more_body or self.transport.get_write_buffer_size() > 0

    # Internals

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = memoryview(data)[upgrade.args[0] :]
        else:
            return
        while True:
            try:
                self._parse_without_upgrade()
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
            else:
                return

    def _parse_without_upgrade(self) -> None:
        head = without_upgrade(
            self.parser.get_method().decode("ascii"), self.url, self.parser.get_http_version(), self.headers
        )
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(head)

    def _is_draining(self) -> bool:
        """Whether the request has been answered but the rest of its body is still arriving: the connection then ends
        when the keep-alive time does."""
        return self.receiving is not None and self.receiving.response_complete

    def _stop_parsing(self) -> None:
        if self.rejection is not None:
            self.reject(self.rejection, f"status {self.rejection.status}")
        elif self.is_last and self.receiving is None:
            self.drops_input = True
        elif len(self.pipeline) >= MAX_PIPELINED:
            self.refusals.add("too many pipelined requests")
            self.drops_input = True
            self.pipeline[0][0].keep_alive = False
        else:
            self.reject(HttpError(400, HttpCode.BAD_REQUEST, "The request is not valid HTTP."), "invalid HTTP")

    def _reject_slow(self, part: str) -> None:
        message = f"The {part} did not arrive within {self.limits.seconds:g} seconds."
        self.reject(HttpError(408, HttpCode.BODY_TOO_SLOW, message), f"slow {part}")

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        """Ends a request whose body can't be read any further."""
        if cycle.response_complete:
            self.transport.close()
            return
        if cycle is not self.running:
            if self.pipeline and self.pipeline[0][0] is cycle:
                self.pipeline.popleft()
            return
        cycle.disconnected = True
        cycle.message_event.set()
        self.running = None
        if cycle.response_started:
            self.transport.close()

    def _send_rejection(self) -> None:
        assert self.rejection is not None
        self.transport.write(rejection_bytes(self.rejection, self.server_state.default_headers))
        self.rejection = None
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(LINGER_SECONDS, self.timeout_keep_alive_handler)

    def _too_large(self, status: int = 431) -> HttpError:
        limit = f"{self.limits.header_bytes:,} bytes and {MAX_HEADERS} fields"
        return HttpError(status, HttpCode.BAD_REQUEST, f"The head of the request is larger than {limit}.")

    def _make_room(self) -> bool:
        """Disconnects the clients that have kept the server waiting longest. Returns whether there were any."""
        waiting = [
            other
            for other in self.connections
            if isinstance(other, Connection) and other is not self and other.waits_for_client()
        ]
        waiting.sort(key=lambda other: other.waiting_since)
        for other in waiting[: max(1, self.limits.connections // 50)]:
            self.refusals.add("disconnected for a new connection")
            self.connections.discard(other)
            other.transport.abort()
        return bool(waiting)
