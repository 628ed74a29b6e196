"""A response that is complete at once is written at once, with the bytes that uvicorn would have written."""

import asyncio
import logging
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.server.response_writer import JOINED_BYTES, ResponseWriter

DATE = (b"date", b"Sun, 29 Nov 2026 12:00:00 GMT")


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.writes.append(b"(closed)")


class Response:
    """What an application that sends `messages` writes, with the writer or without it. `ended` says how often the
    response was complete."""

    def __init__(self, messages: list[Message], method: str = "GET", *, keep_alive: bool = True) -> None:
        self.messages = messages
        self.transport = Transport()
        self.ended = 0
        self.cycle = RequestResponseCycle(
            scope={"type": "http", "method": method},  # type: ignore[typeddict-item]
            transport=self.transport,
            flow=FlowControl(self.transport),
            logger=logging.getLogger("test"),
            access_logger=logging.getLogger("test"),
            access_log=False,
            default_headers=[DATE],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._end,
        )

    def _end(self) -> None:
        self.ended += 1

    async def _app(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        for message in self.messages:
            await send(message)

    async def run(self, *, by_writer: bool = True) -> "Response":
        app: ASGIApp = ResponseWriter(self._app, self.cycle) if by_writer else self._app
        await app({}, self.cycle.receive, self.cycle.send)  # type: ignore[arg-type]
        return self


def start(*headers: tuple[bytes, bytes]) -> Message:
    return {"type": "http.response.start", "status": 200, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


def length(number: int) -> tuple[bytes, bytes]:
    return (b"content-length", b"%d" % number)


PLAIN = (b"Content-Type", b"text/plain")
WHOLE = [start(PLAIN, length(2)), body(b"ab")]


@pytest.mark.parametrize(
    ("messages", "writes"),
    [
        (WHOLE, 1),
        ([start(length(JOINED_BYTES)), body(bytes(JOINED_BYTES))], 1),
        ([start(length(JOINED_BYTES + 1)), body(bytes(JOINED_BYTES + 1))], 2),
        ([start(length(0)), body(b"")], 2),
        ([start(PLAIN), body(b"ab")], 2),
        ([start(length(4)), body(b"ab", more=True), body(b"cd")], 3),
        ([start(), body(b"ab", more=True), body(b"")], 3),
        ([start(length(2), (b"Connection", b"close")), body(b"ab")], 3),
    ],
)
async def test_the_bytes_are_those_of_uvicorn(messages: list[Message], writes: int) -> None:
    ours, theirs = await Response(messages).run(), await Response(messages).run(by_writer=False)
    assert b"".join(ours.transport.writes) == b"".join(theirs.transport.writes)
    assert (len(ours.transport.writes), ours.ended, ours.cycle.response_complete) == (writes, 1, True)
    assert ours.cycle.message_event.is_set()


@pytest.mark.parametrize(("method", "keep_alive"), [("HEAD", True), ("GET", False)])
async def test_other_requests_go_the_way_of_uvicorn(method: str, keep_alive: bool) -> None:
    ours = await Response(WHOLE, method, keep_alive=keep_alive).run()
    theirs = await Response(WHOLE, method, keep_alive=keep_alive).run(by_writer=False)
    assert (ours.transport.writes, ours.ended) == (theirs.transport.writes, 1)


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b"])
async def test_a_header_with_a_line_break_is_never_written(value: bytes) -> None:
    for headers in ([(b"x-name", value), length(2)], [(value, b"x"), length(2)]):
        response = Response([start(*headers), body(b"ab")])
        with pytest.raises(RuntimeError):
            await response.run()
        assert response.transport.writes == []


@pytest.mark.parametrize("content", [b"a", b"abc"])
async def test_a_body_of_another_length_is_an_error(content: bytes) -> None:
    with pytest.raises(RuntimeError):
        await Response([start(length(2)), body(content)]).run()


async def test_nothing_is_written_to_a_client_that_is_gone() -> None:
    response = Response(WHOLE)
    response.cycle.disconnected = True
    await response.run()
    assert response.transport.writes == []
