"""Hostile callers of every kind at once, each within a bounded number of connections and for a bounded time.

    python -m benchmarks.hostile_callers PORT SECONDS LINK

`LINK` is the path of a valid link to a password page. It runs in a separate process, with low priority, from addresses
of the loopback network, and prints, for each kind, how many tries had which outcome: a status of HTTP, `closed` if the
server closed the connection, or `gave up`.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random
from urllib.parse import parse_qs, urlencode, urlsplit

PATIENCE = 20.0
"""How long a hostile caller waits for a response, in seconds."""

PAUSE = 0.02
"""The pause of a hostile caller between two tries, in seconds: the load generator must not take the processor away."""

CONNECTIONS = 3
"""The number of hostile callers of each kind."""

CREATE = "mutation ($i: CreateUserInput!) { createUser(input: $i) { user { id } } }"
SIGN_IN = "mutation ($e: EmailAddress!, $p: String!) { signIn(input: {email: $e, password: $p}) { token errors { code } } }"  # fmt: skip  # noqa: E501

_random = Random(1)
_numbers: Iterator[int] = itertools.count()

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Try = Callable[["Target"], Awaitable[str]]


class Target:
    """The server under attack: its port, and the token of a valid password link on `page`."""

    def __init__(self, port: int, link: str) -> None:
        self.port = port
        parts = urlsplit(link)
        self.page, self.token = parts.path, parse_qs(parts.query)["token"][0]

    @asynccontextmanager
    async def connection(self, *, any_address: bool = False) -> AsyncIterator[Streams]:
        """A connection from one of three addresses, or from any of 60,000."""
        host = f"127.1.{_random.randrange(250)}.{_random.randrange(1, 250)}" if any_address else "127.0.0.2"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(host, 0))
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def outcome(reader: asyncio.StreamReader) -> str:
    """The status of a response, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    return status


def post(path: str, body: bytes, media_type: str = "application/json", headers: str = "") -> bytes:
    """A whole request."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{headers}\r\n".encode() + body


def graphql(query: str, variables: object = None, headers: str = "") -> bytes:
    """A whole GraphQL request."""
    return post("/graphql", json.dumps({"query": query, "variables": variables}).encode(), headers=headers)


def sending(request: Callable[[], bytes], *, any_address: bool = False) -> Try:
    """A try that sends one request and reads the response."""

    async def once(target: Target) -> str:
        async with target.connection(any_address=any_address) as (reader, writer):
            writer.write(request())
            return await outcome(reader)

    return once


async def upgrade(target: Target) -> str:
    """A request within the body of a request that wants an upgrade: at most one response may come."""
    body = graphql("{ __typename }")
    async with target.connection() as (reader, writer):
        writer.write(post("/graphql", body, headers="Connection: upgrade\r\nUpgrade: h2c\r\n")[: -len(body)])
        await asyncio.sleep(0.02)
        writer.write(body)
        status = await outcome(reader)
        with suppress(TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(0.3):
                return f"{status} and {await outcome(reader)}"
        return status


async def endless_headers(target: Target) -> str:
    """Endless header lines, up to 20 MB."""
    async with target.connection() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for number in range(2_000):
            writer.write(f"X-{number}: ".encode() + b"x" * 10_000 + b"\r\n")
            try:
                await writer.drain()
            except OSError:
                break
            if reader.at_eof() or writer.transport.is_closing():
                break
        return await outcome(reader)


async def slow_body(target: Target) -> str:
    """A body sent one byte at a time, given up after two seconds."""
    async with target.connection() as (_, writer):
        writer.write(post("/graphql", b"x" * 1_000)[:-1_000])
        for _ in range(20):
            writer.write(b"{")
            await asyncio.sleep(0.1)
        return "gave up"


async def silent(target: Target) -> str:
    """A connection on which nothing is ever sent."""
    async with target.connection(any_address=True):
        await asyncio.sleep(2)
        return "gave up"


async def unread_response(target: Target) -> str:
    """Many requests at once, whose responses nobody reads."""
    async with target.connection() as (_, writer):
        writer.write(graphql("{ __schema { types { name fields { name } } } }") * 20)
        await asyncio.sleep(2)
        return "gave up"


async def abandoned_sign_in(target: Target) -> str:
    """A wrong sign-in, given up before the response."""
    async with target.connection(any_address=True) as (_, writer):
        writer.write(graphql(SIGN_IN, {"e": f"e{next(_numbers)}@acme.example", "p": "wrong"}))
        await asyncio.sleep(0.05)
        return "gave up"


async def password_page(target: Target) -> str:
    """A weak password, or one that is not repeated, for a valid link."""
    number = next(_numbers)
    form = {"token": target.token, "password": "portico" * 20, "repeated": "portico" * 20 if number % 2 else "other"}
    async with target.connection() as (reader, writer):
        writer.write(post(target.page, urlencode(form).encode(), "application/x-www-form-urlencoded"))
        return await outcome(reader)


def many_fields() -> bytes:
    """20,000 input fields that don't exist."""
    return graphql(CREATE, {"i": {f"permission{number}": 1 for number in range(20_000)}})


def many_aliases() -> bytes:
    """One list of 1,000 ids under 200 aliases."""
    fields = " ".join(f"a{number}: users(filter: {{ids: $i}}, first: 1) {{ totalCount }}" for number in range(200))
    return graphql(f"query ($i: [ID!]) {{ {fields} }} #{next(_numbers)}", {"i": ["usr_1"] * 1_000})


def many_operations() -> bytes:
    """A document with 440 operations."""
    number = next(_numbers)
    text = " ".join(f"query a{index}_{number} {{ viewer {{ permissions }} }}" for index in range(440))
    return post("/graphql", json.dumps({"query": text, "operationName": f"a0_{number}"}).encode())


def unknown_fields() -> bytes:
    """A document with 2,000 fields that don't exist."""
    return graphql("{ " + " ".join(f"users{next(_numbers)}" for _ in range(2_000)) + " }")


def junk() -> bytes:
    """A megabyte of JSON that is not an operation."""
    return post("/graphql", json.dumps([{"query": number} for number in range(60_000)]).encode())


def unknown_token() -> bytes:
    """A session token that doesn't exist."""
    return graphql("{ viewer { permissions } }", None, f"Authorization: Bearer {next(_numbers):043d}\r\n")


def wrong_sign_in() -> bytes:
    """A wrong password."""
    return graphql(SIGN_IN, {"e": f"e{next(_numbers)}@acme.example", "p": "wrong"})


def introspection() -> bytes:
    """A large response for a small request."""
    return graphql(f"{{ __schema {{ types {{ name fields {{ name args {{ name }} }} }} }} }} #{next(_numbers)}")


KINDS: dict[str, Try] = {
    "upgrade with a request in the body": upgrade,
    "headers without an end": endless_headers,
    "20,000 unknown input fields": sending(many_fields),
    "1,000 ids under 200 aliases": sending(many_aliases),
    "440 operations": sending(many_operations),
    "2,000 unknown fields": sending(unknown_fields),
    "1 MB of JSON": sending(junk, any_address=True),
    "unknown tokens": sending(unknown_token, any_address=True),
    "introspection": sending(introspection),
    "password page with a valid link": password_page,
    "wrong sign-ins from many addresses": sending(wrong_sign_in, any_address=True),
    "sign-ins that are given up": abandoned_sign_in,
    "bodies byte by byte": slow_body,
    "connections without a request": silent,
    "responses that nobody reads": unread_response,
}


async def attack(target: Target, once: Try, end: float, counts: Counter[str]) -> None:
    """Try again and again, until the end."""
    while time.monotonic() < end:
        try:
            async with asyncio.timeout(PATIENCE):
                counts[await once(target)] += 1
        except TimeoutError:
            counts["no response"] += 1
        except (OSError, asyncio.IncompleteReadError):
            counts["closed"] += 1
        await asyncio.sleep(PAUSE)


async def run(port: int, seconds: float, link: str) -> dict[str, dict[str, int]]:
    """The outcomes of each kind."""
    target, end = Target(port, link), time.monotonic() + seconds
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    await asyncio.gather(
        *(attack(target, once, end, counts[kind]) for kind, once in KINDS.items() for _ in range(CONNECTIONS))
    )
    return {kind: dict(count.most_common()) for kind, count in counts.items()}


def main() -> None:
    """Run the command line."""
    port, seconds, link = sys.argv[1:]
    os.nice(10)
    print(json.dumps(asyncio.run(run(int(port), float(seconds), link))))


if __name__ == "__main__":
    main()
