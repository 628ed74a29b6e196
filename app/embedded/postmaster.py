"""Is a server running in this folder? Told by its process, not by the file that a crash leaves behind.

`postmaster.pid` is described in the manual, "Database File Layout": process id, data folder, start time, port, socket
folder, listen address, shared memory key, status; a line each.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

FILE = "postmaster.pid"
SOCKET_LINE = 4
NOBODYS_PID = 2**31 - 1  # larger than any system's largest process id


@dataclass(frozen=True)
class Postmaster:
    """The first process of a running server."""

    pid: int
    socket_folder: Path


def running_in(data: Path) -> Postmaster | None:
    """The server that runs in `data`; None when there is none, also when the file tells of one that is gone."""
    lines = _lines(data)
    pid = _pid(lines)
    if pid is None or len(lines) <= SOCKET_LINE or not _is_postmaster(pid, data):
        return None
    return Postmaster(pid, Path(lines[SOCKET_LINE]))


def disown(data: Path) -> None:
    """Make a left-over `postmaster.pid` name no process, when the one it names is another program by now.

    PostgreSQL refuses to start while a process of that number lives, which after a restart of a container is the
    rule. The file itself stays: by its other lines PostgreSQL finds processes of the old server that still live.
    One without any number is the rest of a full disk or of a power cut, and goes.
    """
    lines = _lines(data)
    pid = _pid(lines)
    if pid is None:
        (data / FILE).unlink(missing_ok=True)
    elif not _is_postmaster(pid, data):
        # Not through a link: the folder belongs to another user than the root who may be writing here.
        descriptor = os.open(data / FILE, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join([str(NOBODYS_PID), *lines[1:], ""]))


def _lines(data: Path) -> list[str]:
    try:
        return (data / FILE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _pid(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and lines[0].strip().isdecimal() else None


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False
