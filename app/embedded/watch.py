"""The watcher: waits until no process uses the server, then stops it.

It is a separate process (`python -m app.embedded.watch DATA_DIR`): a holder that is killed can't stop the server.
"""

import os
import sys
from pathlib import Path

from app.embedded.binaries import find
from app.embedded.cluster import Cluster
from app.embedded.locks import Locks

ROOT = Path(__file__).resolve().parents[2]


def ensure_watcher(cluster: Cluster, locks: Locks) -> None:
    """Start a watcher for `cluster` unless one is alive. Only during a turn."""
    if locks.has_watcher():
        return
    null = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "app.embedded.watch", str(cluster.home)],
        {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", os.defpath)},
        file_actions=null,
        setsid=True,
    )
    os.waitpid(child, 0)


def watch(home: Path) -> None:
    """Wait for the last holder of the cluster in `home`, then stop the server."""
    cluster = Cluster(home, find())
    locks = Locks(cluster.locks)
    lock = locks.become_watcher()
    while lock is not None:
        locks.wait_for_last()
        with locks.turn():
            if locks.is_unused():
                cluster.stop()
                lock.close()
                lock = None


if __name__ == "__main__":
    # The parent waits for this process only. The forked one is reparented, so nobody needs to wait for it.
    if os.fork() == 0:
        watch(Path(sys.argv[1]))
