"""A small file system in memory, which can be full or read-only."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """The file system in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room on it."""
        for size in (65536, 4096):
            with self._ballast.open("ab") as file, suppress(OSError):
                while True:
                    os.write(file.fileno(), b"\0" * size)

    def make_room(self) -> None:
        """Undo that."""
        self._ballast.unlink()

    def make_read_only(self) -> None:
        """Let nobody write to it."""
        self._remount("ro")

    def make_writable(self) -> None:
        """Undo that."""
        self._remount("rw")

    def _remount(self, mode: str) -> None:
        # The mount, not the file system, which can't become read-only while a file in it is open for writing.
        subprocess.run(["mount", "-o", f"remount,bind,{mode}", self.folder], check=True, capture_output=True)


@contextmanager
def small_disk(mebibytes: int) -> Iterator[SmallDisk]:
    """A file system of this size until the end of the block. Skips the test if this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="portico-disk-") as name:
        options = f"size={mebibytes}m,mode=0711"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", name], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip("this user may not mount a file system")
        try:
            yield SmallDisk(Path(name))
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)
