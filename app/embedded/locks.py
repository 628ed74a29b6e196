"""Tracks the processes that use a cluster, by file locks (`flock`) that the kernel releases when a process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class Lock:
    """An open file with a lock on it, until it is closed."""

    def __init__(self, path: Path, kind: int) -> None:
        """Wait for a lock of `kind` (`fcntl.LOCK_SH`, `fcntl.LOCK_EX`); with `LOCK_NB`, raise `BlockingIOError`."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, kind)
        except BaseException:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)


@dataclass
class HeldLocks:
    """The locks of one holder."""

    locks: tuple[Lock, ...]

    def close(self) -> None:
        """Release all of them."""
        for lock in self.locks:
            lock.close()


class Locks:
    """The lock files in one folder.

    `turn` is held briefly by the process that starts or stops the server. `holders` and `alive` are held by every
    holder: `holders` is tested, during a turn, to see whether any is left, while the watcher waits on `alive` outside
    of a turn. `watcher` ensures that there is only one watcher.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the exclusive turn to start or stop the server."""
        lock = Lock(self._folder / "turn", fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.close()

    def hold(self) -> HeldLocks:
        """Become a holder. Only during a turn."""
        names = ("holders", "alive")
        return HeldLocks(tuple(Lock(self._folder / name, fcntl.LOCK_SH) for name in names))

    def is_unused(self) -> bool:
        """Whether there is no holder. Only during a turn."""
        return self._is_free("holders")

    def wait_for_last(self) -> None:
        """Wait until no holder is alive."""
        Lock(self._folder / "alive", fcntl.LOCK_EX).close()

    def has_watcher(self) -> bool:
        """Whether a watcher is alive."""
        return not self._is_free("watcher")

    def become_watcher(self) -> Lock | None:
        """The lock of the only watcher, or None if there is another watcher."""
        try:
            return Lock(self._folder / "watcher", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    def _is_free(self, name: str) -> bool:
        try:
            Lock(self._folder / name, fcntl.LOCK_EX | fcntl.LOCK_NB).close()
        except BlockingIOError:
            return False
        return True
