"""`python -m benchmarks hostile`: a reader and a writer go on working while hostile callers attack the server.

It starts a server with the example data, whose standard error nobody reads, and compares the reader's and the writer's
response times and failures with those of a quiet run on the same server. Everything stays on 127.0.0.1 and ends by
itself.
"""

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from statistics import quantiles
from types import MappingProxyType
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from app.demo.example_users import PASSWORD
from benchmarks.hostile_callers import SIGN_IN
from benchmarks.servers import PORTICO, free_port

START_SECONDS = 90.0
CALLERS = "benchmarks.hostile_callers"
READ = "{ contractAccounts(first: 3) { nodes { name services(first: 3) { nodes { code } } } } }"
WRITE = "mutation ($i: UpdateUserInput!) { updateUser(input: $i) { user { version } errors { code } } }"
LINK = re.compile(r"https?://[^/\s]+(/reset-password\?token=[\w.~%-]+)")


@dataclass
class Caller:
    """The response times of an honest caller, in milliseconds, and its failures."""

    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def percentile(self, percent: int) -> float:
        """A percentile of the response times."""
        return quantiles(self.times, n=100)[percent - 1]


@dataclass(frozen=True)
class Phase:
    """The results of the honest callers."""

    reader: Caller
    writer: Caller


@contextmanager
def running(
    folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server with the example data in `folder`, and its port. `settings` are more variables of its environment. Its
    output goes to a pipe that nobody reads."""
    port = free_port()
    command = [sys.executable, *PORTICO.command, str(port), "--demo"]
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SMTP_URL")}
    environment |= {"PORTICO_DATA_DIR": str(folder), "PORTICO_BODY_TIMEOUT": "PT5S", **settings}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until_ready(process, port)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        rmtree(folder, ignore_errors=True)


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Raises RuntimeError if the server does not become ready."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the server did not start:\n{process.communicate()[1].decode()[-2_000:]}")


async def honest_call(http: httpx.AsyncClient, caller: Caller, body: object, headers: dict[str, str]) -> Any:
    """Send one request, note its time or its failure, and return its data, or None."""
    begin = time.perf_counter()
    try:
        response = await http.post("/graphql", json=body, headers=headers)
    except httpx.TransportError as error:
        caller.failures.append(type(error).__name__)
        return None
    finally:
        caller.times.append((time.perf_counter() - begin) * 1000)
    if response.status_code != 200 or '"errors":[{' in response.text:
        caller.failures.append(f"{response.status_code} {response.text[:200]}")
        return None
    return response.json()["data"]


async def observe(port: int, token: str, user: dict[str, Any], seconds: float) -> Phase:
    """A reader and a writer at work for some seconds."""
    phase, end = Phase(Caller(), Caller()), time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"}

    async def read(http: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            await honest_call(http, phase.reader, {"query": READ}, headers)
            await asyncio.sleep(0.02)

    async def write(http: httpx.AsyncClient) -> None:
        for name in itertools.cycle(("Sue", "Susan")):
            variables = {"i": {**user, "firstName": name}}
            data = await honest_call(http, phase.writer, {"query": WRITE, "variables": variables}, headers)
            if data is not None:
                user["version"] = data["updateUser"]["user"]["version"]
            await asyncio.sleep(0.05)
            if time.monotonic() >= end:
                break

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        await asyncio.gather(read(http), write(http))
    return phase


def sign_in(port: int) -> tuple[str, dict[str, Any]]:
    """The session token of Ada, and id and version of Sue."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        body = {"query": SIGN_IN, "variables": {"e": "ada@acme.example", "p": PASSWORD}}
        token: str = http.post("/graphql", json=body).json()["data"]["signIn"]["token"]
        text = '{ users(filter: {search: "sue@acme.example"}) { nodes { id version } } }'
        answer = http.post("/graphql", json={"query": text}, headers={"Authorization": f"Bearer {token}"}).json()
        return token, answer["data"]["users"]["nodes"][0]


def reset_link(port: int, folder: Path) -> str:
    """The path of a valid link to the page for a new password. Raises RuntimeError if no mail arrives."""
    text = 'mutation { requestPasswordReset(input: {email: "ben@acme.example"}) { errors { code } } }'
    httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": text}).raise_for_status()
    for _ in range(100):
        for mail in folder.rglob("*.eml"):
            found = LINK.search(mail.read_text().replace("=\n", "").replace("=3D", "="))
            if found:
                return found[1]
        time.sleep(0.1)
    raise RuntimeError("no mail with a link")


def memory(process: subprocess.Popen[bytes]) -> float:
    """The memory of the server process, in MiB."""
    resident: int = psutil.Process(process.pid).memory_info().rss
    return resident / 2**20


def stop(process: subprocess.Popen[bytes]) -> float:
    """How long the server takes to end after SIGTERM, in seconds."""
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    # What it wrote is read only now, because a full pipe must not keep it from ending.
    process.wait(timeout=60)
    return time.monotonic() - begin


def attackers(port: int, seconds: float, argument: str, module: str = CALLERS) -> subprocess.Popen[bytes]:
    """The hostile callers of `module`, in a process of their own. What `argument` is, the module says."""
    command = [sys.executable, "-m", module, str(port), str(seconds), argument]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def main(arguments: list[str]) -> None:
    """Measure honest callers with and without hostile ones, and print both."""
    parser = ArgumentParser(prog="python -m benchmarks hostile", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of the attack (default 60)")
    parser.add_argument("--quiet-seconds", type=float, default=20.0, help="seconds of the quiet run (default 20)")
    options = parser.parse_args(arguments)
    console = Console()
    # Not a temporary folder: the embedded PostgreSQL must be able to enter it as its own user.
    folder = default_data_dir() / "benchmarks-hostile"
    with running(folder) as (process, port):
        token, user = sign_in(port)
        link = reset_link(port, folder)
        quiet = asyncio.run(observe(port, token, user, options.quiet_seconds))
        before = memory(process)
        hostile = attackers(port, options.seconds, link)
        attacked = asyncio.run(observe(port, token, user, options.seconds))
        peak = memory(process)
        outcomes = json.loads(hostile.communicate(timeout=120)[0])
        time.sleep(5)
        after = memory(process)
        last = attackers(port, 8, link)
        time.sleep(4)
        seconds = stop(process)
        last.communicate(timeout=120)
    console.print(outcome_table(outcomes))
    console.print(caller_table(quiet, attacked))
    console.print(f"Memory of the server: {before:.0f} MiB before, {peak:.0f} at the end, {after:.0f} after 5 seconds.")
    console.print(f"SIGTERM under attack: ended after {seconds:.1f} s with exit status {process.returncode}.")
    for failure in (attacked.reader.failures + attacked.writer.failures)[:10]:
        console.print(f"Failure: {failure}")


def outcome_table(outcomes: dict[str, dict[str, int]]) -> Table:
    """A table of the outcomes of the hostile requests."""
    table = Table("hostile callers", "outcomes")
    for kind, counts in outcomes.items():
        table.add_row(kind, ", ".join(f"{outcome}: {count:,}" for outcome, count in counts.items()))
    return table


def caller_table(quiet: Phase, attacked: Phase) -> Table:
    """A table of the results of the honest callers, without and with the attack."""
    table = Table(
        "", "requests", "failures", "p50, quiet", "p50, attacked", "p99, quiet", "p99, attacked", "ratio of p99"
    )
    for name in ("reader", "writer"):
        calm, busy = getattr(quiet, name), getattr(attacked, name)
        figures = [f"{each.percentile(percent):.1f} ms" for percent in (50, 99) for each in (calm, busy)]
        ratio = busy.percentile(99) / calm.percentile(99)
        table.add_row(name, f"{len(busy.times):,}", str(len(busy.failures)), *figures, f"{ratio:.1f}")
    return table
