"""The command line: each verb does what its documentation says, and foreseen failures are a line of text."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import typer
from pydantic import SecretStr
from typer.core import TyperGroup

from app import cli
from app.cli.demo import load_example
from app.data_folder import ROOT
from app.demo import large
from app.embedded.postmaster import find_postmaster
from app.settings import Settings
from benchmarks.servers import free_port
from tests.support.cli import run
from tests.support.embedded_server import public_folder
from tests.support.policies import check_cache

COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A place for a data folder that PostgreSQL's user can get to, also when these tests run as root."""
    folder = public_folder()
    yield folder / "data"
    shutil.rmtree(folder)


@contextmanager
def running(data_dir: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`portico` in a process of its own, with `variables` in its environment; killed at the end if it still runs."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SMTP_URL")}
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={
            **environment,
            "PORTICO_DATA_DIR": str(data_dir),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **variables,
        },
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """What the server said when it was ready."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if '-d \'{"query": "{ viewer' in line:
            break
    return "".join(lines)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_serve_with_the_demo_shows_a_command_that_works_when_pasted(data_dir: Path) -> None:
    check_cache.seed(data_dir)
    with running(data_dir, "serve", "--demo", "--port", "0") as server:
        text = said(server)
        assert re.search(r"^GraphiQL is at http://127\.0\.0\.1:\d+/graphiql$", text, re.MULTILINE)
        assert re.search(r"^  ada@acme\.example +admin of ACME", text, re.MULTILINE)
        pasted = subprocess.run(["sh", "-c", text[text.index("curl -s") :]], capture_output=True, text=True, check=True)
        organization = json.loads(pasted.stdout)["data"]["viewer"]["organization"]
        accounts = {account["name"]: account for account in organization["contractAccounts"]["nodes"]}
        assert sorted(accounts) == ["ACME East", "ACME North", "ACME South"]
        codes = [service["code"] for service in accounts["ACME South"]["services"]["nodes"]]
        assert codes == ["SVC-000001", "SVC-000002", "SVC-000003"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert find_postmaster(data_dir / "postgres") is None


async def test_worker_sends_the_outbox_until_it_is_stopped(data_dir: Path, tmp_path: Path, database_url: str) -> None:
    key = "k" * 32
    assert await load_example(Settings(secret_key=SecretStr(key), data_dir=tmp_path).with_database(database_url))
    check_cache.seed(data_dir)
    port = str(free_port())
    settings = {"DATABASE_URL": database_url, "PORTICO_SECRET_KEY": key, "PORTICO_WORKER_METRICS_PORT": port}
    with running(data_dir, "worker", **settings) as worker:
        give_up = time.monotonic() + 60
        while not list(data_dir.glob("mail/*.eml")) and time.monotonic() < give_up:
            await asyncio.sleep(0.1)
        assert ["pat@acme.example" in mail.read_text() for mail in data_dir.glob("mail/*.eml")] == [True]
        sent = re.compile(r'^portico_mails_total{kind="USER_ACTIVATION",outcome="sent"} 1\.0$', re.MULTILINE)
        async with asyncio.timeout(60), httpx.AsyncClient() as http:
            # It is counted once its row says so, after the file is written.
            while not sent.search(metrics := (await http.get(f"http://127.0.0.1:{port}/metrics")).text):
                await asyncio.sleep(0.1)
            alive = await http.get(f"http://127.0.0.1:{port}/healthz")
            ready = await http.get(f"http://127.0.0.1:{port}/readyz")
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
        assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})
        assert ready.json()["policyVersion"]
        assert re.search(r'^portico_background_last_round_timestamp_seconds{task="webhooks"} 1', metrics, re.MULTILINE)
        assert re.search(r"^portico_database_up 1\.0$", metrics, re.MULTILINE)
        worker.send_signal(signal.SIGINT)
        assert worker.wait(60) == 0


def test_a_port_in_use_is_reported_before_anything_is_started(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTICO_DATA_DIR", str(data_dir))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(monkeypatch, "serve", "--port", str(taken.getsockname()[1])) == 1
    assert "can't listen on 127.0.0.1" in capsys.readouterr().err
    assert not data_dir.exists()


def test_migrate_reports_its_result(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert run(monkeypatch, "migrate") == 0
    assert "already" in capsys.readouterr().out


def test_demo_loads_the_example_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 32)
    assert run(monkeypatch, "demo") == 0
    assert "Loaded the example data" in capsys.readouterr().out
    assert run(monkeypatch, "demo") == 0
    assert "The example data is already loaded." in capsys.readouterr().out


def test_demo_generates_many_organizations(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert run(monkeypatch, "demo", "--organizations", "1", "--seed", "7") == 0
    printed = capsys.readouterr().out
    assert "Added 1 organization." in printed
    assert all(email in printed for email in large.viewers(7))


def test_demo_generates_a_large_organization_beside_small_ones(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    command = "demo", "--large-organization", "--organizations", "2", "--scale", "0.001", "--seed", "7"
    assert run(monkeypatch, *command) == 0
    printed = capsys.readouterr().out
    assert "Added 2 organizations." in printed
    assert "Added the large organization." in printed
    assert all(email in printed for email in large.viewers(7, shape=large.large_shape(0.001)))
    assert run(monkeypatch, *command) == 0
    assert "The large organization is already there." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PORTICO_PORT", "x", "PORTICO_PORT: Input should be a valid integer"),
        (
            "DATABASE_URL",
            "postgresql://nobody@127.0.0.1:1/none",
            "can't reach the database (DATABASE_URL): [Errno 111] Connect call failed",
        ),
        ("DATABASE_URL", "postgresql://nobody@/none?host=/nowhere", "No such file"),
    ],
)
def test_a_foreseen_failure_is_one_line_of_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert run(monkeypatch, "migrate") == 1
    error = capsys.readouterr().err
    assert error.startswith("portico: ")
    assert message in error
    assert "Traceback" not in error


def test_exactly_the_existing_commands_are_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `portico ([a-z -]+)` \|", page, re.MULTILINE)) == set(
        verbs(typer.main.get_group(cli.program))
    )


def verbs(program: TyperGroup, before: str = "") -> Iterator[str]:
    """All that can stand behind `portico`, such as `serve` and `policy reload`."""
    context = typer.Context(program)
    for name in program.list_commands(context):
        _, verb, _ = program.resolve_command(context, [name])
        yield from verbs(verb, f"{before}{name} ") if isinstance(verb, TyperGroup) else (before + name,)
