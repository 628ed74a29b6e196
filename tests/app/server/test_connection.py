"""An Upgrade that is not accepted is ignored, and no bytes can be read as two different sequences of requests."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import h11
import pytest
from starlette.types import Scope

from tests.support.http.echo_server import Echo, Running, running
from tests.support.http.raw_client import END, get, post, say

SMUGGLED = get("/smuggled")
UPGRADES = [
    ("Upgrade: h2c", "Connection: upgrade"),
    ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", "Connection: Upgrade, HTTP2-Settings"),
    ("Upgrade: websocket", "Connection: keep-alive, UPGRADE", "Sec-WebSocket-Key: x"),
    ("Upgrade: h2c, websocket", "Upgrade: TLS/1.2", "Connection: upgrade", "Connection: keep-alive"),
]


@asynccontextmanager
async def echo() -> AsyncIterator[tuple[Running, Echo]]:
    application = Echo()
    async with running(application) as server:
        yield server, application


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_a_body_belongs_to_its_request_despite_an_upgrade(upgrade: tuple[str, ...]) -> None:
    head = post("/upload", SMUGGLED, *upgrade)
    async with echo() as (server, application):
        for segments in ([head, SMUGGLED + END], [head + SMUGGLED + END], [head, SMUGGLED[:7], SMUGGLED[7:], END]):
            said = await say(server.port, *segments)
            assert said.statuses == [200, 200]
            assert application.requests == [("POST", "/upload", SMUGGLED), ("GET", "/end", b"")]
            application.requests.clear()


@pytest.mark.parametrize("upgrade", UPGRADES)
async def test_a_chunked_body_belongs_to_its_request_despite_an_upgrade(upgrade: tuple[str, ...]) -> None:
    head = "\r\n".join(
        ["POST /upload HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", *upgrade, "", ""],
    ).encode()
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    async with echo() as (server, application):
        for segments in ([head, chunks + END], [head + chunks + END], [head, chunks[:9], chunks[9:] + END]):
            assert (await say(server.port, *segments)).statuses == [200, 200]
            assert application.requests == [("POST", "/upload", SMUGGLED), ("GET", "/end", b"")]
            application.requests.clear()


async def test_an_upgrade_among_pipelined_requests_gets_its_answer_in_order() -> None:
    head = post("/upload", SMUGGLED, *UPGRADES[0])
    async with echo() as (server, application):
        for segments in (
            [get("/before") + head + SMUGGLED + get("/after", *UPGRADES[0]) + END],
            [get("/before") + head, SMUGGLED, get("/after", *UPGRADES[0]), END],
        ):
            assert (await say(server.port, *segments)).statuses == [200] * 4
            assert [path for _, path, _ in application.requests] == ["/before", "/upload", "/after", "/end"]
            application.requests.clear()


async def test_an_upgrade_that_arrives_byte_by_byte() -> None:
    request = post("/upload", b"abc", *UPGRADES[0], version="1.0") + b"abc"
    async with echo() as (server, application):
        said = await say(server.port, *(request[i : i + 1] for i in range(len(request))))
        assert (said.statuses, application.requests) == ([200], [("POST", "/upload", b"abc")])


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_curl_with_http2_can_post() -> None:
    async with echo() as (server, _):
        command = ("curl", "-sS", "--http2", "-d", "a=b", f"http://127.0.0.1:{server.port}/upload")
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        assert output == b"POST /upload a=b"


def chunked(*lines: str, version: str = "1.1", body: bytes = b"0\r\n\r\n") -> bytes:
    head = [f"POST /a HTTP/{version}", "Host: x", "Transfer-Encoding: chunked", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def plain(*lines: str, body: bytes = b"abc") -> bytes:
    return "\r\n".join(["POST /a HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


AMBIGUOUS = {
    "length and chunked": chunked("Content-Length: 5"),
    "length before chunked": plain("Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\nG"),
    "two lengths": plain("Content-Length: 3", "Content-Length: 2"),
    "the same length twice": plain("Content-Length: 3", "Content-Length: 3"),
    "a list of lengths": plain("Content-Length: 3, 3"),
    "length with a sign": plain("Content-Length: +3"),
    "length with a space": plain("Content-Length: 3 0"),
    "negative length": plain("Content-Length: -3"),
    "hexadecimal length": plain("Content-Length: 0x3"),
    "empty length": plain("Content-Length:"),
    "length beyond 64 bits": plain("Content-Length: 99999999999999999999999"),
    "space before the colon": plain("Content-Length : 3"),
    "space before the colon of chunked": plain("Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "identity": plain("Transfer-Encoding: identity"),
    "identity and length": plain("Transfer-Encoding: identity", "Content-Length: 3"),
    "unknown coding": plain("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked is not last": plain("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"),
    "coding before chunked": plain("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked twice": chunked("Transfer-Encoding: chunked"),
    "chunked in HTTP/1.0": chunked(version="1.0"),
    "folded line": plain("X: a\r\n b", "Content-Length: 3"),
    "folded chunked": plain("Transfer-Encoding:\r\n chunked", "Content-Length: 3"),
    "bare LF": plain("Content-Length: 3").replace(b"\r\n", b"\n"),
    "bare LF after a header": plain("X: a\nContent-Length: 3"),
    "bare CR": plain("X: a\rContent-Length: 3"),
    "NUL in a value": plain("X: a\0b", "Content-Length: 3"),
    "NUL in a name": plain("X\0: a", "Content-Length: 3"),
    "space before the first header": b"POST /a HTTP/1.1\r\n Host: x\r\nContent-Length: 3\r\n\r\nabc",
    "chunk size with 0x": chunked(body=b"0x3\r\nabc\r\n0\r\n\r\n"),
    "negative chunk": chunked(body=b"-3\r\nabc\r\n0\r\n\r\n"),
    "chunk size beyond 64 bits": chunked(body=b"fffffffffffffffff3\r\nabc\r\n0\r\n\r\n"),
    "space after a chunk size": chunked(body=b"3 \r\nabc\r\n0\r\n\r\n"),
    "chunk longer than its size": chunked(body=b"3\r\nabcd\r\n0\r\n\r\n"),
    "LF after a chunk size": chunked(body=b"3\nabc\r\n0\r\n\r\n"),
    "LF after a chunk extension": chunked(body=b"3;a\nabc\r\n0\r\n\r\n"),
    "HTTP/0.9": b"GET /a\r\n\r\n",
    "HTTP/1.2": b"GET /a HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2.0": b"GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("request_text", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_what_others_may_frame_differently_is_rejected_and_the_connection_closed(request_text: bytes) -> None:
    async with echo() as (server, application):
        for segments in ([request_text + SMUGGLED], [request_text, SMUGGLED]):
            said = await say(server.port, *segments)
            assert (said.statuses, said.closed) == ([400], True)
            assert application.requests == []
            assert b'"code":"BAD_REQUEST"' in said.text
            assert b"\r\nconnection: close\r\n" in said.text.lower()


VALID = {
    "length": plain("Content-Length: 3"),
    "length with spaces around": plain("Content-Length:  3 "),
    "chunk extension": chunked(body=b"3;a=b\r\nabc\r\n0\r\n\r\n"),
    "trailers": chunked(body=b"3\r\nabc\r\n0\r\nX-Checksum: 1\r\n\r\n"),
    "leading zeros": chunked(body=b"0003\r\nabc\r\n000\r\n\r\n"),
    "HTTP/1.0": b"POST /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("request_text", VALID.values(), ids=VALID.keys())
async def test_what_is_valid_is_framed_as_h11_frames_it(request_text: bytes) -> None:
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(request_text)
    body, event = b"", parser.next_event()
    while not isinstance(event, h11.EndOfMessage):
        body += bytes(event.data) if isinstance(event, h11.Data) else b""
        event = parser.next_event()
    assert parser.trailing_data[0] == b""
    async with echo() as (server, application):
        await say(server.port, request_text, until=b"abc")
        assert application.requests == [("POST", "/a", body)]


async def test_an_invalid_request_is_answered_after_those_before_it() -> None:
    release = asyncio.Event()

    async def wait(_scope: Scope) -> None:
        await release.wait()

    application = Echo(before=wait)
    async with running(application) as server:
        saying = asyncio.create_task(say(server.port, get("/first") + get("/second") + b"GARBAGE\r\n\r\n"))
        async with asyncio.timeout(60):
            while not server.refusals.total:
                await asyncio.sleep(0.01)
        release.set()
        said = await saying
        assert (said.statuses, said.closed) == ([200, 200, 400], True)
        assert said.text.index(b"GET /first") < said.text.index(b"GET /second") < said.text.index(b"BAD_REQUEST")


async def test_an_invalid_chunk_ends_its_request_and_nothing_is_run() -> None:
    async with echo() as (server, application):
        said = await say(server.port, chunked(body=b""), b"3\r\nabc\r\n", b"x\r\n" + SMUGGLED)
        assert (said.statuses, said.closed, application.requests) == ([400], True, [])


async def test_nothing_is_run_after_a_request_that_closes_the_connection() -> None:
    async with echo() as (server, application):
        assert (await say(server.port, END + SMUGGLED)).statuses == [200]
        assert [path for _, path, _ in application.requests] == ["/end"]


async def test_trailers_never_become_headers() -> None:
    trailers = b"0\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    async with echo() as (server, application):
        await say(server.port, chunked(body=trailers) + END)
        assert [name for name, _ in application.headers[0]] == [b"host", b"transfer-encoding"]
