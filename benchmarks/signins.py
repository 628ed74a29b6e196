"""`python -m benchmarks signins`: a reader goes on working while others sign in.

It starts a server with the example data, and compares the reader's response times with those of a quiet run on the same
server. The runs alternate, so that other load on the machine meets both. The sign-ins succeed, so no rate limit refuses
them; four clients with one sign-in at a time keep the thread for passwords busy without a pause. Everything stays on
127.0.0.1 and ends by itself.
"""

import asyncio
import time
from argparse import ArgumentParser
from contextlib import AsyncExitStack
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from app.demo.example_users import PASSWORD
from benchmarks.hostile import READ, Caller, honest_call, running
from benchmarks.hostile_callers import SIGN_IN
from benchmarks.shapes import READER, sign_in

CLIENTS: Final = ("ada@acme.example", "sam@acme.example", "ben@acme.example", "max@globex.example")
"""The users who sign in, each again and again."""

TARGET: Final = 3.0
"""The reader's p99 beside sign-ins is at most so many times the quiet one."""

PAUSE: Final = 0.005
"""The reader's pause between two requests, in seconds."""


async def read(http: httpx.AsyncClient, reader: Caller, token: str, end: float) -> None:
    """Send one small query after another, until `end`."""
    while time.monotonic() < end:
        await honest_call(http, reader, {"query": READ}, {"Authorization": f"Bearer {token}"})
        await asyncio.sleep(PAUSE)


async def sign_in_again(http: httpx.AsyncClient, caller: Caller, email: str, end: float) -> None:
    """Sign in again and again, until `end`."""
    body = {"query": SIGN_IN, "variables": {"e": email, "p": PASSWORD}}
    while time.monotonic() < end:
        data = await honest_call(http, caller, body, {})
        if data is not None and not data["signIn"]["token"]:
            caller.failures.append(str(data["signIn"]["errors"]))


async def observe(port: int, token: str, seconds: float, reader: Caller, signers: Caller | None) -> None:
    """A reader at work for some seconds, beside sign-ins unless `signers` is None. Adds to their results."""
    end = time.monotonic() + seconds
    async with AsyncExitStack() as stack:

        async def client() -> httpx.AsyncClient:
            return await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30))

        work = [read(await client(), reader, token, end)]
        if signers is not None:
            work += [sign_in_again(await client(), signers, email, end) for email in CLIENTS]
        await asyncio.gather(*work)


def main(arguments: list[str]) -> None:
    """Measure a reader with and without sign-ins beside it, and print both."""
    parser = ArgumentParser(prog="python -m benchmarks signins", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of each run (default 5)")
    parser.add_argument("--rounds", type=int, default=4, help="quiet runs, and as many beside sign-ins (default 4)")
    options = parser.parse_args(arguments)
    quiet, busy, signers = Caller(), Caller(), Caller()
    # Not a temporary folder: the embedded PostgreSQL must be able to enter it as its own user.
    with running(default_data_dir() / "benchmarks-signins") as (_, port):
        token = sign_in(port, READER)
        asyncio.run(observe(port, token, min(1.0, options.seconds), Caller(), Caller()))
        for _ in range(options.rounds):
            asyncio.run(observe(port, token, options.seconds, quiet, None))
            asyncio.run(observe(port, token, options.seconds, busy, signers))
    console = Console()
    console.print(table(quiet, busy))
    rate = len(signers.times) / (options.seconds * options.rounds)
    console.print(f"{rate:.1f} sign-ins per second, {len(signers.failures)} failures.")
    for failure in (quiet.failures + busy.failures + signers.failures)[:10]:
        console.print(f"Failure: {failure}")


def table(quiet: Caller, busy: Caller) -> Table:
    """A table of the reader's response times, quiet and beside sign-ins."""
    result = Table("reader", "requests", "failures", "p50", "p99")
    for name, caller in (("quiet", quiet), ("beside sign-ins", busy)):
        times = (f"{caller.percentile(percent):.1f} ms" for percent in (50, 99))
        result.add_row(name, f"{len(caller.times):,}", str(len(caller.failures)), *times)
    ratios = [busy.percentile(percent) / quiet.percentile(percent) for percent in (50, 99)]
    mark = "✓" if ratios[1] <= TARGET else "✗"
    result.add_row("ratio", "", "", f"{ratios[0]:.1f}", f"{ratios[1]:.1f} {mark} (at most {TARGET:g})")
    return result
