"""Finds the server that is running in a folder: by its process, not by the file that a crash leaves behind.

`postmaster.pid` is described in the manual, "Database File Layout": process id, data folder, start time, port, socket
folder, listen address, shared memory key, status; a line each.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

FILE = "postmaster.pid"
SOCKET_LINE = 4
UNUSED_PID = 2**31 - 1  # larger than any system's largest process id


@dataclass(frozen=True)
class Postmaster:
    """The first process of a running server."""

    pid: int
    socket_folder: Path


def find_postmaster(data: Path) -> Postmaster | None:
    """The server that is running in `data`, or None, also if the file names one that is gone."""
    lines = _lines(data)
    pid = _pid(lines)
    if pid is None or len(lines) <= SOCKET_LINE or not _runs_in(pid, data):
        return None
    return Postmaster(pid, Path(lines[SOCKET_LINE]))


def end_orphans(data: Path) -> None:
    """Kill the processes of a server in `data` whose first process is gone.

    They end by themselves as soon as they wait for something. One that doesn't, such as a long computation, would keep
    the next server from starting. Only if no server runs in `data`.
    """
    for process in psutil.process_iter():
        if _runs_in(process.pid, data):
            with suppress(psutil.Error):
                process.kill()


def discard_stale_pid(data: Path) -> None:
    """Replace the process id in a left-over `postmaster.pid` if it belongs to another program by now.

    PostgreSQL refuses to start while a process with that id is alive, which is usual after a container restarts. The
    rest of the file stays: PostgreSQL uses it to find processes of the old server that are still alive. A file without
    a process id, left by a full disk or a power cut, is removed.
    """
    lines = _lines(data)
    pid = _pid(lines)
    if pid is None:
        (data / FILE).unlink(missing_ok=True)
    elif not _runs_in(pid, data):
        # Not through a link: this may be root writing to a folder that belongs to another user.
        descriptor = os.open(data / FILE, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join([str(UNUSED_PID), *lines[1:], ""]))


def _lines(data: Path) -> list[str]:
    try:
        return (data / FILE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and lines[0].strip().isdecimal() else None


def _runs_in(pid: int, data: Path) -> bool:
    """Whether a process is one of the server in `data`."""
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False
