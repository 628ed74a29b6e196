"""A PostgreSQL server of a test's own, which it may stop, kill, freeze and fill."""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from app.embedded import binaries
from app.embedded.cluster import Cluster
from tests.support.databases import build, in_new_loop
from tests.support.embedded_server import public_folder
from tests.support.replicas import processes
from tests.support.server import add_demo_world


class OwnPostgres:
    """The server in `folder`, with these settings. Nothing starts it again by itself."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.cluster = Cluster(folder, binaries.find())
        self.settings = dict(settings)
        self.url = ""

    @property
    def socket(self) -> Path:
        """Its socket in the file system."""
        return Path(parse_qs(urlsplit(self.url).query)["host"][0]) / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, if it doesn't run."""
        self.url = self.cluster.ensure_started(self.settings)

    def stop(self) -> None:
        """Stop it; open sessions are ended."""
        self.cluster.stop()

    def freeze(self) -> None:
        """Stop all its processes, which keep their connections and whatever they have locked."""
        processes.freeze(self.cluster)

    def thaw(self) -> None:
        """Let them go on."""
        processes.thaw(self.cluster)


def kill_backend(url: str, application: str) -> None:
    """Kill the process of a session whose name begins with `application`. PostgreSQL then ends all others, and recovers
    from its log."""
    for pid in in_new_loop(_pids(url, application)):
        os.kill(pid, signal.SIGKILL)


async def _pids(url: str, application: str) -> list[int]:
    connection = await asyncpg.connect(url)
    statement = "SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, $1) LIMIT 1"
    pids = [row["pid"] for row in await connection.fetch(statement, application)]
    await connection.close()
    return pids


@contextmanager
def own_postgres(settings: Mapping[str, str], home: Path | None = None) -> Iterator[OwnPostgres]:
    """Run a server with the example data until the end of the block, in a new folder or in `home`."""
    folder = public_folder() if home is None else home
    try:
        (folder / "pg").mkdir(mode=0o711)
        server = OwnPostgres(folder / "pg", {"shared_buffers": "16MB", **settings})
        server.start()
        in_new_loop(build(server.url))
        in_new_loop(add_demo_world(server.url))
        try:
            yield server
        finally:
            server.thaw()
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=home is not None)
