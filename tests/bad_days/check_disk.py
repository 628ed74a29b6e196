"""The disk of PostgreSQL is full: changes are refused with a code, nothing that was confirmed is lost, and all goes on
when there is room again.

It takes a file system of its own, in memory, which only root can mount: for others, the check is skipped.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.bad_days.customers import SETTINGS, Customers, expect_nothing_lost
from tests.support.bad_days.own_postgres import OwnPostgres, own_postgres
from tests.support.server_process import process

SIZE = 400
"""Of the disk, in MiB."""

UNLOGGED_SPACE = {"min_wal_size": "32MB", "max_wal_size": "64MB"}


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """The folder of a small file system."""
    with tempfile.TemporaryDirectory(prefix="portico-disk-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0711", "tmpfs", name], capture_output=True, check=False
        )
        if done.returncode != 0:
            pytest.skip("this user may not mount a file system")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on the disk of a folder. Returns the file that takes it."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    with ballast.open("ab") as file, suppress(OSError):
        while True:
            os.write(file.fileno(), b"\0" * 4096)
    return ballast


def start_again(postgres: OwnPostgres) -> None:
    """What an operator, or systemd, does if PostgreSQL stopped because it couldn't write its log."""
    postgres.start()


async def test_the_disk_of_the_database_is_full(small_disk: Path, tmp_path: Path) -> None:
    with own_postgres(UNLOGGED_SPACE, home=small_disk) as postgres:
        async with process(postgres.url, tmp_path, settings=SETTINGS) as server:
            customers = Customers(str(server.http.base_url), await server.token())
            customers.start()
            await customers.progress()
            ballast = await asyncio.to_thread(fill, small_disk)
            await customers.until_failure("UNAVAILABLE")
            ballast.unlink()
            await asyncio.to_thread(start_again, postgres)
            await customers.progress()
            await customers.stop()
            await expect_nothing_lost(postgres.url, customers)
            log = server.log.read_text()
    assert "Traceback" not in log
