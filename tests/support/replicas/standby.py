"""A streaming replica of the embedded PostgreSQL, made by `pg_basebackup`."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from app.embedded.binaries import find
from app.embedded.cluster import Cluster
from tests.support.databases import another, execute, in_new_loop
from tests.support.replicas import processes

DURABLE = {"fsync": "off", "autovacuum": "off", "shared_buffers": "16MB", "wal_keep_size": "512MB"}
"""Settings of servers of which one replicates the other: a commit is written before it is confirmed, and kept for a
replica that is slow. A copy of a database is a checkpoint, after which PostgreSQL would remove it."""

SECONDS = 60.0


class Standby:
    """A replica of the server at `primary_url`, in the folder `home`."""

    def __init__(self, home: Path, primary_url: str) -> None:
        self._primary_url = primary_url
        self._cluster = Cluster(home, find())
        self._cluster.make_folder()
        data = self._cluster.data
        data.mkdir(mode=0o700)
        self._cluster._chown(data)
        folder = primary_url.partition("?host=")[2]
        arguments = ("-D", str(data), "-R", "-X", "stream", "-c", "fast", "-h", folder, "-U", "postgres")
        copied = self._cluster.binaries.run("pg_basebackup", *arguments)
        assert copied.returncode == 0, copied.stdout
        self.server_url = self.start()

    @property
    def socket_folder(self) -> Path:
        """The folder of its socket."""
        return Path(self.server_url.partition("?host=")[2])

    def start(self) -> str:
        """Start the server. Returns the URL of its database `postgres`."""
        return self._cluster.ensure_started(DURABLE)

    def url(self, primary_url: str) -> str:
        """The URL of its copy of the database at `primary_url`."""
        return another(self.server_url, primary_url.partition("?")[0].rpartition("/")[2])

    def until_replayed(self, primary_url: str) -> None:
        """Wait until the database of this URL is there."""
        in_new_loop(_until_there(self.url(primary_url)))

    def pause(self) -> None:
        """Stop replaying. What is received is kept."""
        in_new_loop(_pause(self.server_url))

    def resume(self) -> None:
        """Go on replaying."""
        in_new_loop(execute(self.server_url, "SELECT pg_wal_replay_resume()"))

    def configure(self, setting: str) -> None:
        """Change a setting, such as `hot_standby_feedback = on`."""
        in_new_loop(execute(self.server_url, f"ALTER SYSTEM SET {setting}", "SELECT pg_reload_conf()"))

    def write_on_primary(self) -> None:
        """Write something on the primary."""
        in_new_loop(execute(self._primary_url, "CREATE TABLE written ()", "DROP TABLE written"))

    def promote(self) -> None:
        """Make it a server that can be written to."""
        in_new_loop(execute(self.server_url, "SELECT pg_promote()"))

    def kill(self) -> None:
        """Kill all its processes."""
        while processes.send(self._cluster, signal.SIGKILL):
            time.sleep(0.02)

    def freeze(self) -> None:
        """Stop all its processes, which keep their connections."""
        processes.freeze(self._cluster)

    def thaw(self) -> None:
        """Let them go on."""
        processes.thaw(self._cluster)

    def stop(self) -> None:
        """Stop the server, and remove its folder."""
        self.thaw()
        self._cluster.stop()
        shutil.rmtree(self._cluster.home)


async def _until_there(url: str) -> None:
    give_up = time.monotonic() + SECONDS
    while True:
        with suppress(asyncpg.InvalidCatalogNameError):
            await execute(url, "SELECT count(*) FROM services")
            return
        assert time.monotonic() < give_up
        time.sleep(0.05)


async def _pause(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_wal_replay_pause()")
        while await connection.fetchval("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(0.01)
    finally:
        await connection.close()


@contextmanager
def standby_of(primary_url: str, home: Path) -> Iterator[Standby]:
    """A replica of the server at `primary_url`, until the end of the block."""
    standby = Standby(home, primary_url)
    try:
        yield standby
    finally:
        standby.stop()
