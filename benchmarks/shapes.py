"""`python -m benchmarks shapes`: a reader goes on working while sixteen connections send queries of new shapes.

It starts a server with the example data, and compares the reader's response times with those of a quiet run on the same
server. The hostile caller is an admin of another organization with a list of accounts, for whom conditions are longest;
its budget is not limited, so that only the bounds on building and planning protect the reader. Everything stays on
127.0.0.1 and ends by itself.
"""

import asyncio
import json
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from app.demo.example_users import PASSWORD
from benchmarks.hostile import READ, Caller, attackers, honest_call, memory, running, stop
from benchmarks.hostile_callers import SIGN_IN
from benchmarks.shape_callers import new_shape

CALLERS: Final = "benchmarks.shape_callers"
UNLIMITED: Final = {"PORTICO_COST_CAPACITY": "1000000000", "PORTICO_COST_REFILL": "1000000000"}
READER, HOSTILE = "max@globex.example", "sam@acme.example"
NEW_SHAPE_EVERY: Final = 1.0


def sign_in(port: int, email: str) -> str:
    """The session token of a demo user."""
    body = {"query": SIGN_IN, "variables": {"e": email, "p": PASSWORD}}
    token: str = httpx.post(f"http://127.0.0.1:{port}/graphql", json=body).json()["data"]["signIn"]["token"]
    return token


async def observe(port: int, token: str, seconds: float) -> tuple[Caller, Caller]:
    """A reader at work for some seconds, and one who sends a new query with a single alias now and then."""
    reader, newcomer, end = Caller(), Caller(), time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"}

    async def read(http: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            await honest_call(http, reader, {"query": READ}, headers)
            await asyncio.sleep(0.02)

    async def read_anew(http: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            await honest_call(http, newcomer, {"query": new_shape(1)}, headers)
            await asyncio.sleep(NEW_SHAPE_EVERY)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        await asyncio.gather(read(http), read_anew(http))
    return reader, newcomer


def largest_backend(folder: Path) -> float:
    """The largest memory of its own, in MiB, that a process of the database in `folder` has."""
    sizes = [0]
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == "postgres" and Path(process.cwd()).is_relative_to(folder):
                sizes.append(process.memory_info().rss - process.memory_info().shared)
    return max(sizes) / 2**20


def main(arguments: list[str]) -> None:
    """Measure a reader with and without sixteen connections that send new shapes."""
    parser = ArgumentParser(prog="python -m benchmarks shapes", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="seconds of the attack (default 30)")
    parser.add_argument("--quiet-seconds", type=float, default=20.0, help="seconds of the quiet run (default 20)")
    options = parser.parse_args(arguments)
    console = Console()
    folder = default_data_dir() / "benchmarks-shapes"
    with running(folder, UNLIMITED) as (process, port):
        reader, hostile = sign_in(port, READER), sign_in(port, HOSTILE)
        quiet = asyncio.run(observe(port, reader, options.quiet_seconds))
        before = memory(process)
        attack = attackers(port, options.seconds, hostile, CALLERS)
        attacked = asyncio.run(observe(port, reader, options.seconds))
        outcomes = dict(json.loads(attack.communicate(timeout=120)[0]))
        after, backend = memory(process), largest_backend(folder)
        last = attackers(port, 8, hostile, CALLERS)
        time.sleep(4)
        seconds = stop(process)
        last.communicate(timeout=120)
    console.print(table(quiet, attacked))
    console.print(
        f"Queries of new shapes: {', '.join(f'{outcome}: {count:,}' for outcome, count in outcomes.items())}."
    )
    console.print(
        f"Memory of the server: {before:.0f} MiB before, {after:.0f} after; of the largest backend: {backend:.0f}."
    )
    console.print(f"SIGTERM under attack: ended after {seconds:.1f} s with exit status {process.returncode}.")
    for caller in attacked:
        for failure in caller.failures[:5]:
            console.print(f"Failure: {failure}")


def table(quiet: tuple[Caller, Caller], attacked: tuple[Caller, Caller]) -> Table:
    """A table of the response times of the honest callers, without and with the attack."""
    result = Table("", "requests", "failures", "p50, quiet", "p50, attacked", "p99, quiet", "p99, attacked", "ratio")
    for name, calm, busy in zip(("reader", "new shapes"), quiet, attacked, strict=True):
        figures = [f"{each.percentile(percent):.1f} ms" for percent in (50, 99) for each in (calm, busy)]
        ratio = busy.percentile(99) / calm.percentile(99)
        result.add_row(name, f"{len(busy.times):,}", str(len(busy.failures)), *figures, f"{ratio:.1f}")
    return result
