"""The watcher: waits until no process uses the server any more, and stops it.

A process of its own (`python -m app.embedded.watch DATA_DIR`), because a holder that was killed stops nothing.
"""

import os
import sys
from pathlib import Path

from app.embedded.binaries import find
from app.embedded.cluster import Cluster
from app.embedded.locks import Locks

ROOT = Path(__file__).resolve().parents[2]


def ensure_watcher(cluster: Cluster, locks: Locks) -> None:
    """Start a watcher for `cluster` unless one lives. In one's turn only."""
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
    mine = locks.become_watcher()
    while mine is not None:
        locks.wait_for_last()
        with locks.turn():
            if locks.is_unused():
                cluster.stop()
                mine.close()
                mine = None


if __name__ == "__main__":
    # The one who starts the watcher waits for its first process only; the second is nobody's child that must be
    # waited for.
    if os.fork() == 0:
        watch(Path(sys.argv[1]))
