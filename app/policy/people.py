"""The names under which the history of the policy records people and servers, as far as the system knows them."""

import os
import pwd
import socket
from pathlib import Path


def current_user() -> str:
    """The operating system's user who runs this process, and the machine: `jane@build-7`."""
    return f"{_name(os.getuid())}@{socket.gethostname()}"


def owner_of(file: Path) -> str:
    """The owner of the file, and the machine; "" without a file. The owner is the author only if nobody else can write
    to it."""
    try:
        return f"{_name(file.stat().st_uid)}@{socket.gethostname()}"
    except OSError:
        return ""


def server_name() -> str:
    """The machine and the process."""
    return f"{socket.gethostname()}, process {os.getpid()}"


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"
