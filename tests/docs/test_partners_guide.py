"""Follows `docs/partners.md` block by block against a running server; runs its program against failing servers, too."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.paths import DOCS
from tests.support.server import SIGN_IN, add_demo_world
from tests.support.server_process import process

PAGE = (DOCS / "partners.md").read_text()
ANYTHING = "…"


def blocks() -> Iterator[tuple[str, str]]:
    """The blocks of the page, each with its language."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        yield str(language), str(block)


def fits(shown: Any, found: Any) -> bool:
    """Whether `found` is what is shown, where `…` stands for any text."""
    if isinstance(shown, dict):
        return isinstance(found, dict) and shown.keys() == found.keys() and all(fits(shown[k], found[k]) for k in shown)
    if isinstance(shown, list):
        return isinstance(found, list) and len(shown) == len(found) and all(map(fits, shown, found))
    if isinstance(shown, str) and isinstance(found, str):
        return re.fullmatch(re.escape(shown).replace(ANYTHING, ".+"), found, re.DOTALL) is not None
    return bool(shown == found)


class Reader:
    """Somebody who follows the page: types its commands, and fills in what it leaves open from the answers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.environment = {"PATH": os.environ["PATH"]}
        self.answer: Any = None
        self.template: str | None = None
        variables = {"email": "ada@acme.example", "password": "portico-demo"}
        signed_in = httpx.post(f"{address}/graphql", json={"query": SIGN_IN, "variables": variables}).json()
        self.session = signed_in["data"]["signIn"]["token"]

    def follow(self, language: str, block: str) -> None:
        match language:
            case "graphql":
                self.run(block)
            case "sh" if block.startswith("export"):
                self.fill_in(block)
            case "sh":
                self.answer = json.loads(self.output("sh", "-c", block))
                self.answer.pop("extensions", None)
            case "python":
                self.answer, again = (self.output(sys.executable, "-W", "error", "-c", block) for _ in range(2))
                assert again == self.answer
            case "json":
                assert fits(json.loads(block), self.answer), self.answer
            case "text":
                assert block == self.answer
            case _:
                raise AssertionError(f"The page has a block in {language}, which this test can't follow.")

    def run(self, query: str) -> None:
        """As in GraphiQL, where Ada is signed in."""
        known = {
            "client": self.environment.get("CLIENT_ID"),
            "secret": self.former_secret(),
            "template": self.template,
        }
        variables = {name: value for name, value in known.items() if f"${name}:" in query}
        sent = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {self.session}"}
        found = httpx.post(f"{self.address}/graphql", json=sent, headers=headers).json()
        assert "errors" not in found, found
        self.answer = found["data"]
        if created := self.answer.get("createAccessTemplate"):
            self.template = created["accessTemplate"]["id"]

    def former_secret(self) -> str | None:
        """The id of the older secret, as the answer before showed it."""
        rotated = (self.answer or {}).get("rotateApiClientSecret") if isinstance(self.answer, dict) else None
        return str(rotated["apiClient"]["secrets"][0]["secretId"]) if rotated else None

    def fill_in(self, block: str) -> None:
        for name, value in re.findall(r"^export (\w+)=(.*)$", block, re.MULTILINE):
            filled = self.address if name == "PORTICO" else self.found(name)
            assert fits(value if ANYTHING in value else ANYTHING, filled), f"{name}: {filled}"
            self.environment[name] = filled

    def found(self, name: str) -> str:
        match name, self.answer:
            case "CLIENT_ID", {"createApiClient": {"apiClient": {"clientId": value}}}:
                return str(value)
            case "CLIENT_SECRET", {"createApiClient": {"clientSecret": value}}:
                return str(value)
            case "TOKEN", {"access_token": value}:
                return str(value)
            case "SOUTH", {"data": {"contractAccounts": {"nodes": [{"id": value}]}}}:
                return str(value)
        raise AssertionError(f"The answer before does not tell {name}: {self.answer}")

    def output(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_guide_for_partners_works(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with process(database_url, tmp_path) as server:
        await asyncio.to_thread(follow, str(server.http.base_url).rstrip("/"))


def follow(address: str) -> None:
    reader = Reader(address)
    for language, block in blocks():
        reader.follow(language, block)


PROGRAM = next(block for language, block in blocks() if language == "python")
WAITS = "import time\ntime.sleep = lambda seconds: print('waits', seconds) if seconds else None\n"
"""Prints how long the program would wait, and doesn't wait."""

DONE = {"data": {"createUser": {"user": {"email": "lee@acme.example", "status": "PENDING"}, "errors": []}}}
TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 600}


class Stub(ThreadingHTTPServer):
    """Issues tokens and runs mutations. The first requests to a path get the statuses listed in `failures`."""

    def __init__(self, failures: dict[str, list[int]]) -> None:
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.failures = failures
        self.requests: list[tuple[str, str | None]] = []
        """Path and idempotency key of each request."""

    def keys(self) -> list[str | None]:
        return [key for path, key in self.requests if path == "/graphql"]

    def tokens(self) -> int:
        return sum(path == "/oauth2/token" for path, _ in self.requests)


class StubHandler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers["Idempotency-Key"]))
        failures = self.server.failures.get(self.path)
        status = failures.pop(0) if failures else 200
        body = {"errors": status} if status != 200 else TOKEN if self.path == "/oauth2/token" else DONE
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if status == 502 else "application/json")
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""


@contextmanager
def stub(**failures: list[int]) -> Iterator[Stub]:
    """A running `Stub`, whose paths are named by `token` and `graphql`."""
    paths = {"token": "/oauth2/token", "graphql": "/graphql"}
    with Stub({paths[name]: statuses for name, statuses in failures.items()}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def run_program(port: int, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    variables = {"PORTICO": f"http://127.0.0.1:{port}", "CLIENT_ID": "cli_1", "CLIENT_SECRET": "pcs_1"}
    return subprocess.run(
        (sys.executable, "-W", "error", "-c", WAITS + program),
        env={"PATH": os.environ["PATH"], **variables}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def expect_one_line(done: subprocess.CompletedProcess[str], text: str) -> None:
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert text in line


def test_the_program_reports_a_server_that_is_away_in_one_line() -> None:
    with stub() as server:
        port = server.server_port
    done = run_program(port)
    expect_one_line(done, "Connection refused")
    # Together four minutes: long enough for a database that fails over.
    assert done.stdout == "".join(f"waits {2**attempt}\n" for attempt in range(8))


@pytest.mark.parametrize("failures", [{"token": [429, 429]}, {"graphql": [429, 503]}])
def test_the_program_waits_as_long_as_it_is_told(failures: dict[str, list[int]]) -> None:
    with stub(**failures) as server:
        done = run_program(server.server_port)
        assert (done.returncode, done.stdout, done.stderr) == (0, "waits 7\n" * 2 + "lee@acme.example is PENDING\n", "")
        assert (server.tokens(), len(set(server.keys()))) == (3 if "token" in failures else 1, 1)


def test_the_program_gives_up_after_nine_tries() -> None:
    with stub(token=[429] * 10) as server:
        expect_one_line(run_program(server.server_port), "status 429")
        assert server.tokens() == 9


def test_the_program_tries_again_when_a_proxy_answers_for_the_server() -> None:
    with stub(graphql=[502]) as server:
        assert run_program(server.server_port).stdout == "waits 1\nlee@acme.example is PENDING\n"


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ({"token": [401]}, "no access token"),
        ({"graphql": [401, 401]}, "rejected hire-4712"),
        ({"graphql": [409]}, "rejected hire-4712"),
    ],
)
def test_the_program_reports_a_rejection_in_one_line(failures: dict[str, list[int]], expected: str) -> None:
    with stub(**failures) as server:
        done = run_program(server.server_port)
        expect_one_line(done, expected)
        assert done.stdout == ""


def test_the_program_replaces_a_revoked_token() -> None:
    with stub(graphql=[401]) as server:
        assert run_program(server.server_port).stdout == "lee@acme.example is PENDING\n"
        assert (server.tokens(), len(set(server.keys()))) == (2, 1)


def test_the_program_uses_one_token_for_several_calls() -> None:
    more = (
        "portico.run('hire-4713', CREATE_USER, {'input': {}})\nportico.run('hire-4714', CREATE_USER, {'input': {}})\n"
    )
    with stub() as server:
        assert run_program(server.server_port, PROGRAM + more).returncode == 0
        assert (server.tokens(), len(set(server.keys()))) == (1, 3)


def test_the_program_renews_its_token_before_it_expires() -> None:
    later = "now = time.monotonic()\ntime.monotonic = lambda: now + 541\nportico.run('hire-4713', CREATE_USER, {})\n"
    with stub() as server:
        assert run_program(server.server_port, PROGRAM + later).returncode == 0
        assert server.tokens() == 2


def test_the_program_sends_the_same_key_after_a_restart_and_another_for_corrected_input() -> None:
    with stub() as server:
        for program in (PROGRAM, PROGRAM, PROGRAM.replace('"Chan"', '"Chang"')):
            assert run_program(server.server_port, program).returncode == 0
        first, again, corrected = server.keys()
        assert first == again != corrected
