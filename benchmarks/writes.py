"""`python -m benchmarks writes`: what mutations cost, and how many a second.

For `createUser` (with and without an idempotency key), `updateUser` and access tokens it measures the CPU time of the
server process and the round trips to PostgreSQL per mutation, and mutations per second with 1, 4 and 16 clients, all in
one organization or each in another one. `--beside FOLDER` measures another checkout in the same rounds.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
from rich.console import Console
from rich.table import Table

from app import embedded
from app.data_folder import default_data_dir
from app.demo import large
from app.demo.large_users import Role
from benchmarks.round_trips import counting_round_trips
from benchmarks.servers import PORTICO, free_port
from benchmarks.write_requests import MUTATIONS, TOKEN, Connection, Writer, spread
from models import new_id
from resolvers.identity.hashing import new_token, token_hash

SEED = 1
CLIENTS = 1, 4, 16
SCENARIOS = "one", "many"
START_SECONDS, STOP_SECONDS = 90.0, 20.0
COUNTED = 5
"""Mutations of which the round trips are counted; the figure is the median."""
WARM_UP = 6
"""Mutations of each writer before the first measurement. PostgreSQL plans a statement anew the first five times."""

SESSION = """
INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at)
SELECT $1, tenant_id, id, $2, now() + interval '2 hours' FROM users WHERE email = $3
"""
Figures = dict[tuple[str, ...], list[float]]


@dataclass(frozen=True)
class Version:
    """A checkout of Portico in `folder`, and its own database."""

    name: str
    folder: Path
    url: str

    def environment(self, data: Path) -> dict[str, str]:
        """The environment of its processes. Nothing is charged or mailed."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "DATABASE_URL": self.url,
            "PORTICO_DATA_DIR": str(data),
            "PORTICO_MAIL_WORKER": "false",
            "PORTICO_COST_CAPACITY": "1000000000",
            "PORTICO_COST_REFILL": "1000000000",
        }


@dataclass(frozen=True)
class Running:
    """A running server, and the writers of each scenario (`one` or `many`)."""

    version: Version
    process: psutil.Process
    port: int
    writers: dict[str, list[Writer]]


@contextmanager
def serving(version: Version, data: Path, url: str | None = None) -> Iterator[tuple[psutil.Process, int]]:
    """A server of this version, and its port; `url` replaces that of its database. Raises RuntimeError."""
    port = free_port()
    environment = version.environment(data) | ({"DATABASE_URL": url} if url else {})
    command = [sys.executable, *PORTICO.command, str(port)]
    log = data / f"{version.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=version.folder, env=environment, stdout=output, stderr=output)
    try:
        _wait_until_ready(process, port, log)
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2_000:]}")


async def create_database(url: str, name: str) -> str:
    """Create the database `name` on the server of `url`, unless it exists. Returns its URL."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


async def sign_in(url: str, role: Role, organizations: int) -> list[str]:
    """Session tokens of the users with this role, one for each organization. Revokes the API clients of former runs:
    their number is limited."""
    emails = [large.viewer_email(role, SEED, number) for number in range(organizations)]
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT email, tenant_id FROM users WHERE email = ANY($1)", emails)
        tenants = {row["email"]: row["tenant_id"] for row in found}
        tokens = [new_token(tenants[email]) for email in emails]
        rows = [(new_id(), token_hash(token), email) for token, email in zip(tokens, emails, strict=True)]
        await connection.execute("UPDATE api_clients SET revoked_at = now() WHERE revoked_at IS NULL")
        await connection.executemany(SESSION, rows)
    finally:
        await connection.close()
    return tokens


async def writers_of(port: int, tokens: list[str], *, clients: bool) -> list[Writer]:
    """As many writers as there are clients, with these sessions in turn."""
    writers = [Writer(Connection(port), token) for token in spread(tokens, max(CLIENTS))]
    for writer in writers:
        await writer.prepare()
        if clients:
            await writer.prepare_client()
    return writers


async def work(writers: list[Writer], mutation: str, each: int) -> float:
    """Send `each` mutations from every writer, all writers at once. Returns the mutations per second."""

    async def send(writer: Writer) -> None:
        for _ in range(each):
            await MUTATIONS[mutation](writer)

    begin = time.perf_counter()
    await asyncio.gather(*map(send, writers))
    return len(writers) * each / (time.perf_counter() - begin)


def cpu_seconds(process: psutil.Process) -> float:
    """The CPU time of the process so far, in seconds."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def measure(servers: list[Running], role: Role, options: Namespace, figures: Figures) -> None:
    """Measure all mutations on all servers, in rounds. The CPU time is in milliseconds."""
    for server in servers:
        for mutation in mutations_of(role):
            await work(server.writers["many"], mutation, WARM_UP)
    for _ in range(options.rounds):
        for clients in CLIENTS:
            for scenario, mutation in itertools.product(SCENARIOS, mutations_of(role)):
                for server in servers:
                    before = cpu_seconds(server.process)
                    each = max(1, options.mutations // clients)
                    rate = await work(server.writers[scenario][:clients], mutation, each)
                    used = (cpu_seconds(server.process) - before) * 1000 / (each * clients)
                    place = (mutation, role.value, server.version.name)
                    figures[(*place, "cpu", str(clients))].append(used)
                    figures[(*place, scenario, str(clients))].append(rate)


def mutations_of(role: Role) -> list[str]:
    """The mutations to measure as this role: tokens don't depend on it."""
    return [mutation for mutation in MUTATIONS if mutation != TOKEN or role is Role.ADMIN]


async def count_round_trips(version: Version, role: Role, data: Path, figures: Figures) -> None:
    """Count the round trips of each mutation, sent alone, to a server that reaches its database through a proxy."""
    tokens = await sign_in(version.url, role, 1)
    async with counting_round_trips(version.url) as proxy:
        with ExitStack() as stack:
            _, port = await asyncio.to_thread(stack.enter_context, serving(version, data, proxy.url))
            (writer, *_) = await writers_of(port, tokens, clients=role is Role.ADMIN)
            for mutation in mutations_of(role):
                await work([writer], mutation, WARM_UP)
                for _ in range(COUNTED):
                    before = proxy.count
                    await work([writer], mutation, 1)
                    figures[(mutation, role.value, version.name, "round trips")].append(proxy.count - before)


async def run(versions: list[Version], data: Path, options: Namespace, console: Console) -> Figures:
    """Measure the versions side by side."""
    figures: Figures = defaultdict(list)
    for role in map(Role, options.viewer):
        with ExitStack() as stack:
            servers = []
            for version in versions:
                tokens = await sign_in(version.url, role, max(CLIENTS))
                process, port = stack.enter_context(serving(version, data))
                writers = {
                    "one": await writers_of(port, tokens[:1], clients=role is Role.ADMIN),
                    "many": await writers_of(port, tokens, clients=role is Role.ADMIN),
                }
                servers.append(Running(version, process, port, writers))
            console.print(f"measuring as {role}")
            await measure(servers, role, options, figures)
        for version in versions:
            await count_round_trips(version, role, data, figures)
    return figures


def table(figures: Figures, versions: list[str]) -> Table:
    """The medians, and the ratios of the first version to the second one, if there are two."""
    result = Table("mutation", "viewer", "figure", "clients", *versions, *(["ratio"] if len(versions) > 1 else []))
    shown = dict.fromkeys((mutation, role, *rest) for mutation, role, _, *rest in figures)
    for mutation, role, figure, *clients in shown:
        values = [median(figures[(mutation, role, version, figure, *clients)]) for version in versions]
        ratio = [f"{values[0] / values[1]:.2f}"] if len(values) > 1 else []
        name = {"cpu": "CPU, ms", "one": "per second, one organization", "many": "per second, many organizations"}
        result.add_row(
            mutation, role, name.get(figure, figure), *(clients or ["1"]), *(f"{value:.1f}" for value in values), *ratio
        )
    return result


def main(arguments: list[str]) -> None:
    """Measure CPU time and round trips per mutation, and mutations per second; print the table."""
    parser = ArgumentParser(prog="python -m benchmarks writes", description=main.__doc__)
    add = parser.add_argument
    add("--beside", type=Path, help="the folder of another checkout to measure in the same rounds")
    roles = [Role.ADMIN.value, Role.LIMITED_ADMIN.value]
    add("--viewer", nargs="+", choices=roles, default=roles, help="who sends the mutations")
    add("--rounds", type=int, default=3, help="number of rounds (default 3)")
    add("--mutations", type=int, default=96, help="mutations per measurement (default 96)")
    options = parser.parse_args(arguments)
    console, data = Console(), default_data_dir() / "benchmarks-writes"
    folders = {"portico": Path(__file__).parents[1]} | ({"beside": options.beside} if options.beside else {})
    with embedded.running(data) as url:
        versions = []
        for name, folder in folders.items():
            version = Version(name, folder.absolute(), asyncio.run(create_database(url, f"writes_{name}")))
            load = [sys.executable, *PORTICO.command[:2], "demo", "--organizations", str(max(CLIENTS))]
            subprocess.run([*load, "--seed", str(SEED)], cwd=version.folder, env=version.environment(data), check=True)
            versions.append(version)
        figures = asyncio.run(run(versions, data, options, console))
    console.print(table(figures, [version.name for version in versions]))
