"""Restarts the server when it has died. Each holder supervises it; the first to get the turn restarts it.

`kill -9`, or the kernel when memory runs out, ends PostgreSQL's first process and none of ours. Then nothing would
bring it back while a holder lives: `Cluster.ensure_started` is called only by the next holder.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from subprocess import SubprocessError

from app.embedded.cluster import Cluster
from app.embedded.errors import EmbeddedError
from app.embedded.locks import Locks
from app.embedded.postmaster import find_postmaster
from app.embedded.watch import ensure_watcher

log = logging.getLogger("portico.embedded")

LOOK_SECONDS = 0.5
"""The interval at which the server is looked at."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between two starts: the pause doubles from one to the next, up to the longest."""

STEADY_SECONDS = 60.0
"""After a server has run for this long, the next pause is the first again."""

END_SECONDS = 5.0
"""How long the end of the block waits for a start that is under way."""

_down: set[Cluster] = set()
_down_lock = threading.Lock()


def is_restarting() -> bool:
    """Whether a server that this process uses has died, and is not running again yet."""
    return bool(_down)


class Supervisor:
    """Supervises the server of `cluster`, which is started with `options`, from a thread of its own."""

    def __init__(self, cluster: Cluster, locks: Locks, options: Mapping[str, str]) -> None:
        self._cluster, self._locks, self._options = cluster, locks, options
        self._ended = threading.Event()
        self._pause = FIRST_PAUSE
        self._steady = 0.0
        self._thread = threading.Thread(target=self._run, name="embedded PostgreSQL", daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Supervise during the block."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join(END_SECONDS)

    @property
    def is_busy(self) -> bool:
        """Whether a start outlasted the end of the block. The watcher stops that server."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._ended.wait(LOOK_SECONDS):
                self._look()
        finally:
            self._mark(down=False)

    def _look(self) -> None:
        try:
            if find_postmaster(self._cluster.data) is not None:
                self._note_steady()
            else:
                self._restart()
        except (EmbeddedError, OSError, SubprocessError) as error:
            log.warning("The embedded PostgreSQL could not be started: %s", error)

    def _note_steady(self) -> None:
        self._mark(down=False)
        self._steady += LOOK_SECONDS
        if self._steady >= STEADY_SECONDS:
            self._pause = FIRST_PAUSE

    def _restart(self) -> None:
        """Start the server unless another holder has, after a pause that grows from one time to the next. Raises
        EmbeddedError, OSError and SubprocessError."""
        self._mark(down=True)
        self._steady = 0.0
        log.error("The embedded PostgreSQL has died; it starts again in %g seconds.", self._pause)
        if self._ended.wait(self._pause):
            return
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        with self._locks.turn():
            if self._ended.is_set():
                return
            ensure_watcher(self._cluster, self._locks)
            self._cluster.ensure_started(self._options)
        log.warning("The embedded PostgreSQL runs again.")

    def _mark(self, *, down: bool) -> None:
        with _down_lock:
            (_down.add if down else _down.discard)(self._cluster)
