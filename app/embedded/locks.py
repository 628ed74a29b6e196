"""Who uses a cluster: locks of the kernel (`flock`) on files, which it takes back from a process that dies."""

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
        """Let go."""
        os.close(self._descriptor)


@dataclass
class HeldLocks:
    """What one holder holds."""

    locks: tuple[Lock, ...]

    def close(self) -> None:
        """Let go of all of it."""
        for lock in self.locks:
            lock.close()


class Locks:
    """The lock files in one folder.

    `turn` is held for short, by whoever starts or stops the server. `holders` is asked, in one's turn, whether anyone
    is left; `alive` is what the watcher waits on, out of turn, which is why they are two. `watcher` makes it the only
    one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn to start or stop the server."""
        lock = Lock(self._folder / "turn", fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.close()

    def hold(self) -> HeldLocks:
        """Become a holder. In one's turn only."""
        names = ("holders", "alive")
        return HeldLocks(tuple(Lock(self._folder / name, fcntl.LOCK_SH) for name in names))

    def is_unused(self) -> bool:
        """Whether nobody holds. In one's turn only."""
        return self._is_free("holders")

    def wait_for_last(self) -> None:
        """Wait until no holder lives."""
        Lock(self._folder / "alive", fcntl.LOCK_EX).close()

    def has_watcher(self) -> bool:
        """Whether a watcher lives."""
        return not self._is_free("watcher")

    def become_watcher(self) -> Lock | None:
        """The lock of the one watcher, or None when there is another."""
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
