"""A connection is limited in what it may send, how long it may take, and how much it may leave unread."""

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest
from starlette.types import Receive, Scope, Send

from app.server.connection import Connection
from app.server.limits import MAX_HEADERS, MAX_PIPELINED
from tests.support.http.echo_server import Echo, Running, limits, running
from tests.support.http.raw_client import END, get, post, say

LIMIT = 65_536
MEGABYTE = b"x" * 1_000_000


async def until(true: Callable[[], bool]) -> None:
    """Waits until this is true."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


def head(*lines: bytes) -> bytes:
    return b"\r\n".join([b"GET /a HTTP/1.1", b"Host: x", *lines, b"", b""])


TOO_LARGE = {
    "many headers": head(*(b"X-%d: y" % number for number in range(MAX_HEADERS))),
    "one large value": head(b"X: " + b"y" * LIMIT),
    "one large name": head(b"X" * LIMIT + b": y"),
    "many large values": head(*(b"X: " + b"y" * 1_000 for _ in range(70))),
    "many large upgrades": head(b"Connection: upgrade", *(b"Upgrade: " + b"y" * 1_000 for _ in range(70))),
    "large trailer": b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
    + b"y" * LIMIT
    + b"\r\n\r\n",
}


@pytest.mark.parametrize("request_text", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_too_large_a_head_is_431(request_text: bytes) -> None:
    application = Echo()
    async with running(application) as server:
        half = len(request_text) // 2
        for segments in ([request_text], [request_text[:half], request_text[half:]]):
            said = await say(server.port, *segments)
            assert (said.statuses, said.closed, application.requests) == ([431], True, [])
        assert server.refusals.total == {"status 431": 2}


async def test_too_long_an_address_is_414() -> None:
    async with running(Echo()) as server:
        assert (await say(server.port, get("/" + "a" * LIMIT))).statuses == [414]
        assert (await say(server.port, get("/" + "a" * (LIMIT - 1_000)) + END)).statuses == [200, 200]


def endless(kind: str) -> Iterator[bytes]:
    """Segments of a head, trailer or chunk extension that never ends."""
    start = {
        "address": b"GET /",
        "name": b"GET / HTTP/1.1\r\nHost: x\r\n",
        "value": b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
        "trailer": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        "chunk extension": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;",
    }[kind]
    yield start
    while True:
        yield MEGABYTE


@pytest.mark.parametrize("kind", ["address", "name", "value", "trailer", "chunk extension"])
async def test_a_head_that_never_ends_is_refused_while_it_arrives(kind: str) -> None:
    async with running(Echo()) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        sent = 0
        try:
            for segment in endless(kind):
                writer.write(segment)
                await writer.drain()
                sent += len(segment)
                if server.refusals.total:
                    break
                assert sent < 20 * len(MEGABYTE)
                await asyncio.sleep(0)
        finally:
            writer.transport.abort()
        assert list(server.refusals.total) == [f"status {414 if kind == 'address' else 431}"]


HOSTS = ["", "Host: a|Host: b", "Host: a|Host: a", "Host: a/b", "Host: a@b", "Host: a b", "Host:", "Host: [::1"]


@pytest.mark.parametrize("hosts", [*HOSTS, "Host: a:b", "Host: a:800000"])
async def test_a_missing_repeated_or_invalid_host_is_400(hosts: str) -> None:
    async with running(application := Echo()) as server:
        lines = hosts.split("|") if hosts else []
        said = await say(server.port, "\r\n".join(["GET /a HTTP/1.1", *lines, "", ""]).encode())
        assert (said.statuses, said.closed, application.requests) == ([400], True, [])


@pytest.mark.parametrize("host", ["a", "A.example:8000", "[::1]:80", "127.0.0.1:", "xn--bcher-kva.example"])
async def test_a_valid_host_is_accepted(host: str) -> None:
    async with running(Echo()) as server:
        assert (await say(server.port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() + END)).statuses == [200, 200]


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX"])
async def test_a_connection_without_a_whole_head_is_ended(sent: bytes) -> None:
    async with running(Echo(), limits(seconds=0.1)) as server:
        said = await say(server.port, sent)
        assert (said.statuses, said.closed) == ([408] if b"G" in sent else [], True)
        assert list(server.refusals.total) == ["slow request" if b"G" in sent else "no request"]


async def test_half_a_second_head_is_ended_too() -> None:
    async with running(Echo(), limits(seconds=0.1)) as server:
        assert (await say(server.port, get("/a"), b"GET / HT")).statuses == [200, 408]


@pytest.mark.parametrize("sent", [b"", b"x" * 99, b"x" * 100 + get("/b")])
async def test_a_body_must_arrive_in_time(sent: bytes) -> None:
    application = Echo()
    async with running(application, limits(seconds=0.1)) as server:
        whole = len(sent) >= 100
        said = await say(server.port, get("/a"), b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + sent)
        assert said.statuses[:3] == ([200, 200, 200] if whole else [200, 408])
        assert said.closed
        if not whole:
            assert b"The body did not arrive within 0.1 seconds" in said.text
            assert b"BODY_TOO_SLOW" in said.text
            assert [path for _, path, _ in application.requests] == ["/a"]
            assert server.refusals.total == {"slow body": 1}


async def test_an_application_may_take_longer_than_a_body() -> None:
    async def work(_scope: Scope) -> None:
        await asyncio.sleep(1.5)

    async with running(Echo(before=work), limits(seconds=0.1)) as server:
        body = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
        assert (await say(server.port, body)).statuses == [200]
        assert "slow body" not in server.refusals.total


async def test_a_client_that_keeps_sending_after_the_response_is_disconnected() -> None:
    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async with running(refuse) as server:
        server.server.config.timeout_keep_alive = 1
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        await until(lambda: server.connections == 1)
        async with asyncio.timeout(60):
            while server.connections:
                writer.write(b"x")
                await asyncio.sleep(0.05)
        writer.transport.abort()


async def test_a_client_that_does_not_read_is_disconnected() -> None:
    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": MEGABYTE * 20})

    async with running(large, limits(seconds=0.5)) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_000)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(get("/a"))
        await until(lambda: server.connections == 1)
        await until(lambda: server.connections == 0)
        assert server.refusals.total == {"response not read": 1}
        writer.transport.abort()


async def test_pipelined_requests_are_bounded_and_wait_unread() -> None:
    release = asyncio.Event()

    async def wait(_scope: Scope) -> None:
        await release.wait()

    application = Echo(before=wait)
    async with running(application) as server:
        saying = asyncio.create_task(say(server.port, get("/a") * 10_000))
        await until(lambda: bool(server.refusals.total))
        [connection] = server.server.server_state.connections
        assert isinstance(connection, Connection)
        assert len(connection.pipeline) == MAX_PIPELINED
        release.set()
        said = await saying
        assert said.statuses == [200] * (MAX_PIPELINED + 1)
        assert b"connection: close" in said.text


async def test_nothing_more_is_read_while_pipelined_requests_wait() -> None:
    gates = asyncio.Semaphore(0)

    async def wait(_scope: Scope) -> None:
        await gates.acquire()

    application = Echo(before=wait)
    async with running(application) as server:
        saying = asyncio.create_task(say(server.port, get("/a") * 50, get("/b") * 50 + END))
        await until(lambda: bool(application.requests))
        for _ in range(25):
            gates.release()
        await until(lambda: len(application.requests) == 26)
        [connection] = server.server.server_state.connections
        assert isinstance(connection, Connection)
        assert len(connection.pipeline) == 24
        for _ in range(100):
            gates.release()
        assert (await saying).statuses == [200] * 101


async def idle(server: Running, sent: bytes) -> asyncio.StreamWriter:
    before = server.connections
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    await until(lambda: server.connections > before)
    return writer


async def test_a_new_connection_takes_the_place_of_one_that_waits() -> None:
    async with running(Echo(), limits(connections=10)) as server:
        waiting = [await idle(server, sent) for sent in (b"", b"GET / HT", post("/a", b"abc")) * 3]
        for number in range(20):
            assert (await say(server.port, END)).statuses == [200], number
            assert server.connections <= 10
        extra = [asyncio.create_task(asyncio.open_connection("127.0.0.1", server.port)) for _ in range(50)]
        opened = await asyncio.gather(*extra)
        await until(lambda: server.refusals.total["disconnected for a new connection"] >= 30)
        assert server.connections <= 10
        assert (await say(server.port, END)).statuses == [200]
        for writer in (*waiting, *(pair[1] for pair in opened)):
            writer.transport.abort()


async def test_if_all_connections_are_busy_a_new_one_gets_503() -> None:
    release = asyncio.Event()

    async def wait(_scope: Scope) -> None:
        await release.wait()

    application = Echo(before=wait)
    async with running(application, limits(connections=5)) as server:
        busy = [asyncio.create_task(say(server.port, END)) for _ in range(5)]
        await until(lambda: len(application.requests) == 5)
        said = await say(server.port, END)
        assert (said.statuses, b"retry-after: 1" in said.text) == ([503], True)
        release.set()
        assert [(await task).statuses for task in busy] == [[200]] * 5
        assert (await say(server.port, END)).statuses == [200]


async def test_a_body_of_many_tiny_chunks_arrives_whole() -> None:
    chunks = b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n"
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    async with running(application := Echo()) as server:
        assert (await say(server.port, request + END)).statuses == [200, 200]
        assert application.requests[0] == ("POST", "/a", b"x" * 20_000)


async def test_refusals_are_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "portico.server")
    async with running(Echo()) as server:
        for _ in range(5):
            await say(server.port, b"GARBAGE\r\n\r\n")
        await until(lambda: bool(caplog.messages))
    assert sum(int(message.rpartition(": ")[2]) for message in caplog.messages) == 5
