"""Many sign-ins at once: what waits is bounded, and what nobody waits for is dropped."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from starlette.types import Message, Scope

from resolvers.identity import argon2id
from resolvers.rate_limits.hashing_queue import Line
from resolvers.rate_limits.limiter import RateLimiter
from tests.support.server import SIGN_IN, Client, add_demo_world, codes, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACES = 8
JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of a server with a short queue."""
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), hashing_queue=PLACES) as client:
        client.backend.mutation_context.hashing.patience = 600
        yield client


class Hashing:
    """Password checks that don't end before they are released, and how many began."""

    def __init__(self) -> None:
        self.began = 0
        self.released = threading.Event()

    def verify(self, _hash: str, _password: bytes) -> bool:
        self.began += 1
        self.released.wait()
        return False


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hashing]:
    """Makes password checks wait."""
    hashing = Hashing()
    monkeypatch.setattr(argon2id, "verify_secret", hashing.verify)
    yield hashing
    hashing.released.set()


def body(email: str) -> bytes:
    return json.dumps({"query": SIGN_IN, "variables": {"email": email, "password": "wrong"}}).encode()


async def attempt(client: Client, number: int, gone: asyncio.Event | None = None) -> list[Message]:
    """What the server sends in response to a sign-in from an address of its own, whose client leaves when `gone`."""
    sent: list[Message] = []
    messages: list[Message] = [{"type": "http.request", "body": body(f"user{number}@acme.example")}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "headers": [(b"host", b"portico.example"), (b"content-type", b"application/json")],
        "client": (f"192.0.2.{number}", 1234),
        "server": ("portico.example", 443),
    }
    await client.application(scope, receive, send)
    return sent


async def waiting(client: Client, number: int, line: Line = Line.OTHER) -> None:
    """Returns once so many passwords wait in the line."""
    async with asyncio.timeout(60):
        while client.backend.mutation_context.hashing.waiting(line) != number:
            await asyncio.sleep(0.01)


async def occupied(client: Client, hashing: Hashing, number: int) -> asyncio.Task[list[Message]]:
    """An attempt whose password is being checked."""
    task = asyncio.create_task(attempt(client, number))
    async with asyncio.timeout(60):
        while not hashing.began:
            await asyncio.sleep(0.01)
    return task


async def test_a_full_queue_is_503_and_says_when_to_try_again(client: Client, slow: Hashing) -> None:
    first = await occupied(client, slow, 10)
    attempts = [first, *(asyncio.create_task(attempt(client, number)) for number in range(11, 11 + PLACES))]
    await waiting(client, PLACES)
    answer = await client.http.post("/graphql", content=body("late@acme.example"), headers=JSON)
    assert (answer.status_code, codes(answer.json())) == (503, ["UNAVAILABLE"])
    assert answer.headers["retry-after"] == "1"
    assert "database" not in answer.text
    assert (await client.http.post("/graphql", json={"query": "{ viewer { permissions } }"})).status_code == 200
    assert slow.began == 1
    slow.released.set()
    for sent in await asyncio.gather(*attempts):
        assert sent[0]["status"] == 200


async def test_what_is_refused_is_no_failed_sign_in(client: Client, slow: Hashing) -> None:
    first = await occupied(client, slow, 100)
    attempts = [first, *(asyncio.create_task(attempt(client, number)) for number in range(101, 101 + PLACES))]
    await waiting(client, PLACES)
    for _ in range(20):
        answer = await client.http.post("/graphql", content=body("sam@acme.example"), headers=JSON)
        assert answer.status_code == 503
    slow.released.set()
    await asyncio.gather(*attempts)
    [error] = (await client.data(SIGN_IN, email="sam@acme.example", password="wrong"))["signIn"]["errors"]
    assert error["code"] == "CREDENTIALS_INVALID"


async def test_attempts_whose_clients_have_gone_are_never_checked(client: Client, slow: Hashing) -> None:
    gone, queue = asyncio.Event(), client.backend.mutation_context.hashing
    first = await occupied(client, slow, 50)
    abandoned = [asyncio.create_task(attempt(client, number, gone)) for number in range(51, 51 + PLACES)]
    await waiting(client, PLACES)
    before = queue.abandoned
    gone.set()
    await asyncio.gather(*abandoned)
    assert (queue.abandoned - before, queue.waiting(Line.OTHER)) == (PLACES, 0)
    slow.released.set()
    await first
    assert slow.began == 1


async def test_who_has_signed_in_from_here_before_goes_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = RateLimiter()
    async with limits.sign_in("ada@acme.example", "192.0.2.7"):
        pass
    assert await limits.has_signed_in("ada@acme.example", "192.0.2.7")
    assert not await limits.has_signed_in("ada@acme.example", "192.0.2.8")
    assert not await limits.has_signed_in("sam@acme.example", "192.0.2.7")
    await client.sign_in("ada@acme.example")
    hashing, order = Hashing(), []

    def verify(_hash: str, password: bytes) -> bool:
        order.append(password)
        return hashing.verify("", b"")

    monkeypatch.setattr(argon2id, "verify_secret", verify)
    first = await occupied(client, hashing, 200)
    others = [first, *(asyncio.create_task(attempt(client, number)) for number in range(201, 201 + PLACES))]
    await waiting(client, PLACES)
    known = asyncio.create_task(client.data(SIGN_IN, email="ada@acme.example", password="mistyped"))
    await waiting(client, 1, Line.KNOWN)
    hashing.released.set()
    await asyncio.gather(known, *others)
    assert order[1] == b"mistyped"
