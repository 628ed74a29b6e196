"""Embedded PostgreSQL servers for tests: folders for them, processes that use one, and its state seen from outside.

The data is in memory where Linux has room for it. A copy of a database is some 300 small files. To create them on a
disk takes a tenth of a second of CPU, most of it in the file system; in memory, a seventh of that. Tests make about 800
such copies.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from app.embedded.postmaster import Postmaster, find_postmaster
from tests.support.paths import ROOT

QUICK = {"fsync": "off", "shared_buffers": "1MB", "max_connections": "10"}

MEMORY: Final = Path("/dev/shm")
ROOM: Final = 2 << 30
"""How much must be free there, in bytes. A container often has only 64 MiB."""

_PREFIX: Final = "portico-test-"
_OWNER: Final = re.compile(rf"{_PREFIX}(\d+)-")

HOLDER = f"""
import sys
from pathlib import Path
from app import embedded
with embedded.running(Path(sys.argv[1]), {QUICK!r}) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def public_folder(memory: Path = MEMORY) -> Path:
    """Create a folder. `tmp_path` won't do: root's is closed to the user that PostgreSQL runs as."""
    place = memory if _has_room(memory) else None
    if place is not None:
        _remove_abandoned(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
    folder.chmod(0o711)
    return folder


def _has_room(memory: Path) -> bool:
    return os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free >= ROOM


def _remove_abandoned(memory: Path) -> None:
    """Remove the folders of runs that were killed: nothing else would free the memory."""
    for folder in memory.glob(f"{_PREFIX}*"):
        owner = _OWNER.match(folder.name)
        if owner is not None and not psutil.pid_exists(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def holder(data_dir: Path, *command: str, code: str = HOLDER) -> Iterator[subprocess.Popen[str]]:
    """Another process that keeps the server in `data_dir` running until it is killed or the block ends."""
    process = subprocess.Popen(
        [*command, sys.executable, "-c", code, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate("\n", timeout=60)


def url_of(process: subprocess.Popen[str]) -> str:
    """The URL that a holder prints."""
    assert process.stdout
    return process.stdout.readline().strip()


async def ask(url: str, statement: str) -> str:
    """The first value that a statement returns."""
    connection = await asyncpg.connect(url, timeout=60)
    try:
        return str(await connection.fetchval(statement))
    finally:
        await connection.close()


def answers(url: str) -> bool:
    """Whether a server answers at `url`."""
    try:
        return asyncio.run(ask(url, "SELECT 'yes'")) == "yes"
    except (OSError, asyncpg.CannotConnectNowError):
        return False


def server(data_dir: Path) -> Postmaster:
    """The server process of `data_dir`, which must exist."""
    found = find_postmaster(data_dir / "postgres")
    assert found
    return found


def is_down(data_dir: Path) -> bool:
    """Whether no server runs in `data_dir`."""
    return find_postmaster(data_dir / "postgres") is None


def watchers(data_dir: Path) -> list[psutil.Process]:
    """The watchers of `data_dir`."""
    line = ["-m", "app.embedded.watch", str(data_dir)]
    return [found for found in psutil.process_iter(["cmdline"]) if (found.info["cmdline"] or [])[1:] == line]


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether `condition` becomes true within so many seconds."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True
