"""The programs in Python of `docs/webhooks.md`: the receiver accepts what Portico signs, once, and refuses everything
else; and the reader of the feed prints each event, also after it was killed and when the server was away."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from app.demo.fixed_ids import named_key
from app.webhooks.signature import signed_headers
from models import AuditKind, Scope
from resolvers.identity.hashing import new_client_secret
from resolvers.mutations.webhooks.retry import PAUSES
from resolvers.mutations.webhooks.signing_secrets import new_secret
from tests.support.integration.webhooks import happen
from tests.support.paths import DOCS
from tests.support.resolver_fixtures import acme, client_of, organization_of
from tests.support.server_process import process

PAGE = (DOCS / "webhooks.md").read_text()
RECEIVER, READER = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SUE = "sue@acme.example"
MESSAGE = json.dumps({"type": "user.updated", "data": {"subject": "usr_1"}}).encode()


@contextmanager
def running(program: Path, secret: str, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    with subprocess.Popen([sys.executable, program], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/")
                except httpx.TransportError:
                    time.sleep(0.05)
                else:
                    break
            yield process
        finally:
            process.kill()


def test_the_receiver_on_the_page(tmp_path: Path, unused_tcp_port: int) -> None:
    program, secret, other = tmp_path / "receiver.py", new_secret(), new_secret()
    program.write_text(RECEIVER)
    now = int(time.time())
    address = f"http://127.0.0.1:{unused_tcp_port}/in"
    with running(program, secret, unused_tcp_port) as process:
        by_both = dict(signed_headers("evt_1", now, MESSAGE, [other, secret]))
        assert [httpx.post(address, content=MESSAGE, headers=by_both).status_code for _ in range(2)] == [204, 204]
        for forged in (
            signed_headers("evt_2", now, MESSAGE, [other]),
            signed_headers("evt_2", now - 3600, MESSAGE, [secret]),
            {**by_both, "Webhook-Id": "evt_2"},
        ):
            assert httpx.post(address, content=MESSAGE, headers=dict(forged)).status_code == 400
        process.kill()
        output, _ = process.communicate()
    assert output == "user.updated usr_1\n"


@asynccontextmanager
async def reading(program: Path, environment: dict[str, str]) -> AsyncIterator[asyncio.StreamReader]:
    """Runs the reader of the feed, and kills it. Yields what it prints."""
    command = sys.executable, "-W", "error", str(program)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def line_about(lines: asyncio.StreamReader, subject: str) -> str:
    """The next line that names the subject."""
    while True:
        async with asyncio.timeout(60):
            line = (await lines.readline()).decode()
        assert line, "The program has ended."
        if subject in line:
            return line.strip()


async def moved(place: Path) -> None:
    """Waits until the reader has stored another cursor."""
    before = place.read_text() if place.exists() else ""
    async with asyncio.timeout(60):
        while (place.read_text() if place.exists() else "") in ("", before):
            await asyncio.sleep(0.05)


async def test_the_reader_of_the_feed_on_the_page(demo_database_url: str, tmp_path: Path) -> None:
    program, secret = tmp_path / "reader.py", new_client_secret(organization_of(SUE))
    program.write_text(READER)
    updated, removed = (f"{kind} usr_{named_key(SUE)}" for kind in ("USER_UPDATED", "USER_REMOVED"))
    async with acme(demo_database_url) as writing, process(demo_database_url, tmp_path) as server:
        client_id = await client_of(writing, "ada@acme.example", [Scope.BASIC_READ, Scope.EVENTS_READ], secret)
        environment = {
            "PATH": os.environ["PATH"],
            "PORTICO": str(server.http.base_url),
            "CLIENT_ID": f"cli_{client_id}",
            "CLIENT_SECRET": secret,
            "PLACE": str(tmp_path / "place"),
            "PAUSE": "0.1",
        }
        await happen(writing, SUE)
        async with reading(program, environment) as lines:
            assert await line_about(lines, f"usr_{named_key(SUE)}") == updated
            # It has read everything, and waits for more.
            await happen(writing, SUE, kind=AuditKind.USER_REMOVED)
            assert await line_about(lines, f"usr_{named_key(SUE)}") == removed
            await moved(tmp_path / "place")
        # Killed, it goes on from the cursor that it has stored.
        async with reading(program, environment) as lines:
            await moved(tmp_path / "place")
            await happen(writing, SUE)
            assert await line_about(lines, f"usr_{named_key(SUE)}") == updated


async def test_the_reader_stops_if_it_may_not_read(demo_database_url: str, tmp_path: Path) -> None:
    secret = new_client_secret(organization_of(SUE))
    async with acme(demo_database_url) as writing, process(demo_database_url, tmp_path) as server:
        client_id = await client_of(writing, "ada@acme.example", [Scope.BASIC_READ], secret)
        credentials = {"CLIENT_ID": f"cli_{client_id}", "CLIENT_SECRET": secret}
        environment = {"PATH": os.environ["PATH"], "PORTICO": str(server.http.base_url), **credentials}
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-c", READER, env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            _, error = await done.communicate()
    assert done.returncode == 1
    assert b"FORBIDDEN" in error


@pytest.mark.parametrize(
    ("unit", "seconds", "said"),
    [("seconds", 1, "5 and 30"), ("minutes", 60, "2, 10 and 30"), ("hours", 3600, "1, 2, 4, 8, 12, 16 and 24")],
)
def test_the_page_says_the_pauses(unit: str, seconds: int, said: str) -> None:
    assert f"{said} {unit}" in " ".join(PAGE.split())
    said_pauses = [int(number) * seconds for number in re.findall(r"\d+", said)]
    assert set(said_pauses) <= {pause.total_seconds() for pause in PAUSES}
