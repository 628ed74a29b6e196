"""The embedded PostgreSQL: a real server from a wheel, shared by all processes that use the same data folder.

    with embedded.running(data_dir) as url: ...

starts it, or joins the one that is already running, and yields its database URL. Three kinds of process take part:

- a *holder* is inside `running`. It holds a shared lock on two files; the kernel releases them however it dies. It
  supervises the server (`supervisor.py`): if the server dies, a holder starts it again.
- the *watcher* (`watch.py`), one per running server, waits until there is no holder and stops the server. So a server
  never outlives its last holder, even if that one is killed.
- the *server* has its own session: Ctrl-C in a terminal ends the holder, which then stops the server cleanly.

Imports: no other package of this repository.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.embedded.binaries import find
from app.embedded.cluster import DATA, Cluster
from app.embedded.errors import EmbeddedError
from app.embedded.locks import HeldLocks, Locks
from app.embedded.supervisor import Supervisor, is_restarting
from app.embedded.watch import ensure_watcher

__all__ = ["EmbeddedError", "exists", "is_restarting", "running", "running_async"]


def exists(data_dir: Path) -> bool:
    """Whether `data_dir` has a database already."""
    return (data_dir / DATA).exists()


@contextmanager
def running(data_dir: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Keep the PostgreSQL of `data_dir` running while the block runs; yield its `postgresql://` URL.

    Creates the folder if it is missing. `options` are settings of PostgreSQL (`{"fsync": "off"}`); they apply if this
    process starts the server, not if it joins one. A server that dies meanwhile is started again. Raises
    `EmbeddedError`, whose message says what to do.
    """
    cluster = Cluster(data_dir.absolute(), find())
    cluster.make_folder()
    locks = Locks(cluster.locks)
    with locks.turn():
        held = locks.hold()
        try:
            # First, so that even a server that takes too long to start has a watcher.
            ensure_watcher(cluster, locks)
            url = cluster.ensure_started(dict(options or {}))
        except BaseException:
            held.close()
            raise
    supervisor = Supervisor(cluster, locks, dict(options or {}))
    try:
        with supervisor.running():
            yield url
    finally:
        _leave(cluster, locks, held, wait=not supervisor.is_busy)


def _leave(cluster: Cluster, locks: Locks, held: HeldLocks, *, wait: bool) -> None:
    """Stop being a holder; the last one stops the server. Without `wait`, the watcher does so."""
    if not wait:
        held.close()
        return
    with locks.turn():
        held.close()
        if locks.is_unused():
            cluster.stop()


@asynccontextmanager
async def running_async(data_dir: Path, options: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """`running`, without blocking the event loop while PostgreSQL starts and stops."""
    block = running(data_dir, options)
    url = await asyncio.to_thread(block.__enter__)
    try:
        yield url
    finally:
        await asyncio.to_thread(block.__exit__, None, None, None)
