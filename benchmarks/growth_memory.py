"""Measures the memory of the server and of one of its PostgreSQL backends before and after many shapes of queries.

A shape is a query that differs from others in more than its values: each has a statement and a plan of its own.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from rich.table import Table

from app.demo import large
from app.demo.large_users import Role
from benchmarks import world
from benchmarks.growth_world import ORGANIZATION, Databases
from benchmarks.list_requests import FilterSamples, ListRequest, all_requests
from benchmarks.samples import filter_samples
from benchmarks.servers import PORTICO, serving
from benchmarks.stopwatch import Stopwatch
from benchmarks.world import SEED, Viewer

SHAPES = 500
STEPS = (0, 100, 200, 350, SHAPES)
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'portico%'"


@dataclass(frozen=True)
class Memory:
    """Memory in MiB, after a number of shapes: of the server process, and what the largest backend has for itself.

    `backend` is None if there is none yet, or if they are out of reach: on another machine, or of another user.
    """

    shapes: int
    server: float
    backend: float | None


def table(databases: Databases, folder: Path) -> Table:
    """Send the shapes as a limited admin to a new server with one reading connection, and show the memory."""
    result = Table(title="Memory, MiB, by number of shapes", title_justify="left")
    for name in ("shapes", "server", "largest backend"):
        result.add_column(name, justify="right")
    for memory in measure(databases.few, folder):
        backend = "" if memory.backend is None else f"{memory.backend:.0f}"
        result.add_row(f"{memory.shapes}", f"{memory.server:.0f}", backend)
    return result


def measure(url: str, folder: Path) -> list[Memory]:
    """The memory after each of `STEPS`. The server's files are in `folder`."""
    logs = folder / "memory"
    logs.mkdir(parents=True, exist_ok=True)
    viewer, samples = asyncio.run(_viewer(url))
    requests = shapes(samples)[:SHAPES]
    environment = world.environment(url, [viewer], folder) | {"PORTICO_READ_CONNECTIONS": "1"}
    measured: list[Memory] = []
    with serving([PORTICO], environment, logs) as ports, Stopwatch(ports[PORTICO], viewer.token) as stopwatch:
        done = 0
        for step in STEPS:
            for request in requests[done:step]:
                stopwatch.data(request.document, request.variables)
            done = step
            measured.append(Memory(len(requests[:done]), _server(ports[PORTICO]), asyncio.run(_backend(url))))
    return measured


def shapes(samples: FilterSamples) -> list[ListRequest]:
    """Requests of different shapes: one of each document, set of variables, order and set of filters."""
    found: dict[object, ListRequest] = {}
    for request in all_requests(samples, pairs=True):
        filters = tuple((request.variables.get("filter") or {}).keys())
        shape = (request.document, tuple(request.variables), request.variables.get("orderBy"), filters)
        found.setdefault(shape, request)
    return list(found.values())


async def _viewer(url: str) -> tuple[Viewer, FilterSamples]:
    connection = await asyncpg.connect(url)
    try:
        email = large.viewer_email(Role.LIMITED_ADMIN, SEED, ORGANIZATION)
        viewer = await world.signed_in(connection, Role.LIMITED_ADMIN.value, email)
        return viewer, await filter_samples(connection, email)
    finally:
        await connection.close()


def _server(port: int) -> float:
    """The memory of the process of this user that listens on `port`."""
    children = psutil.Process().children(recursive=True)
    for process in children:
        if any(connection.laddr.port == port for connection in process.net_connections("tcp")):
            resident: int = process.memory_info().rss
            return resident / 2**20
    raise RuntimeError(f"no child listens on port {port}")


async def _backend(url: str) -> float | None:
    connection = await asyncpg.connect(url)
    try:
        pids = [row["pid"] for row in await connection.fetch(BACKENDS)]
    finally:
        await connection.close()
    try:
        unshared = [psutil.Process(pid).memory_full_info().uss / 2**20 for pid in pids]
    except psutil.Error:
        return None
    return max(unshared, default=None)
