"""A PostgreSQL cluster in a data folder: creates, starts, finds and stops it."""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.embedded.binaries import MAJOR, Binaries
from app.embedded.errors import EmbeddedError
from app.embedded.postmaster import Postmaster, discard_stale_pid, end_orphans, find_postmaster
from app.embedded.private_folder import make_private

DATA = "postgres"
"""The name of PostgreSQL's own folder in a data folder."""

SOCKET_PATH_BYTES = 103  # the smallest limit of any system for a socket path (sun_path: 104 to 108 with its NUL)
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60
CRASH_SECONDS = 20  # how long the processes of a killed server may take to exit
ORPHAN_SECONDS = 5  # how long they may take until they are killed

DEFAULTS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Errors of statements quote values, so PostgreSQL doesn't log them: Portico logs what they were, without values.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster in the folder `home`, run with `binaries`."""

    home: Path
    binaries: Binaries

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder, readable only by the user that runs it."""
        return self.home / DATA

    @property
    def locks(self) -> Path:
        """The folder of the lock files."""
        return self.home / "locks"

    def make_folder(self) -> None:
        """Create `home` and the folder of the lock files. Existing folders are left as they are."""
        make_private(self.home)
        self.locks.mkdir(mode=0o700, exist_ok=True)
        self._check_access()

    def ensure_started(self, options: Mapping[str, str]) -> str:
        """Start the server unless it is running. Returns the URL of its database."""
        if not self.data.exists():
            self._initialize()
        self._check_version()
        server = find_postmaster(self.data) or self._start({**DEFAULTS, **options})
        return f"postgresql://postgres@/postgres?host={quote(str(server.socket_folder), safe='/')}"

    def stop(self) -> None:
        """Stop the server cleanly, if it is running. Open sessions are ended."""
        if find_postmaster(self.data) is not None:
            arguments = ("stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_SECONDS))
            process = self.binaries.run("pg_ctl", *arguments)
            if process.returncode != 0 and find_postmaster(self.data) is not None:
                raise EmbeddedError(f"PostgreSQL in {self.data} did not stop: {process.stdout.strip()}")

    def _initialize(self) -> None:
        """Create the cluster in a temporary folder, and move it into place when it is complete."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._chown(unfinished)
        arguments = ("-D", str(unfinished), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        process = self.binaries.run("initdb", *arguments, *locale)
        if process.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not be set up in {unfinished}: {process.stdout.strip()}")
        unfinished.rename(self.data)

    def _start(self, options: Mapping[str, str]) -> Postmaster:
        discard_stale_pid(self.data)
        socket_folder = self._socket_folder()
        # Left by a server that is gone. PostgreSQL would trust the process id in it, whichever process has that id now.
        (socket_folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        settings = {**options, "unix_socket_directories": str(socket_folder)}
        line = " ".join(f"-c {name}={_quoted(value)}" for name, value in settings.items())
        log = self.data / "server.log"
        if log.exists():
            log.replace(log.with_name("server.log.1"))
        arguments = ("start", "-D", str(self.data), "-w", "-t", str(START_SECONDS), "-l", str(log), "-o", line)
        begun = time.monotonic()
        while self.binaries.run("pg_ctl", *arguments).returncode != 0:
            output = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
            # PostgreSQL rightly refuses to start until the last process of a killed server has exited.
            if "shared memory block" not in output or time.monotonic() > begun + CRASH_SECONDS:
                raise EmbeddedError(f"PostgreSQL in {self.data} did not start; it logged:\n{output}")
            if time.monotonic() > begun + ORPHAN_SECONDS:
                end_orphans(self.data)
            log.unlink()
            time.sleep(0.2)
        server = find_postmaster(self.data)
        if server is None:
            raise EmbeddedError(f"PostgreSQL in {self.data} started and stopped again: see {log}")
        return server

    def _socket_folder(self) -> Path:
        """The cluster's own, private folder, or a private folder elsewhere if its path is too long."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"portico-{digest}"
        if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES:
            raise EmbeddedError(f"no short path for PostgreSQL's socket: {folder} is too long as well; set TMPDIR")
        folder.mkdir(mode=0o700, exist_ok=True)
        owners = (os.geteuid(), self._owner())
        status = folder.lstat()
        # In a world-writable folder, another user could have created it first.
        if (
            not stat.S_ISDIR(status.st_mode)
            or status.st_uid not in owners
            or stat.S_IMODE(status.st_mode) != stat.S_IRWXU
        ):
            raise EmbeddedError(f"{folder} is not a private folder of ours: remove it, or set TMPDIR")
        self._chown(folder)
        return folder

    def _owner(self) -> int:
        return os.geteuid() if self.binaries.account is None else self.binaries.account.uid

    def _chown(self, folder: Path) -> None:
        if self.binaries.account is not None:
            os.chown(folder, self.binaries.account.uid, self.binaries.account.gid)

    def _check_access(self) -> None:
        """Raise EmbeddedError if the system user can't reach the folder: we mustn't open its parents."""
        account = self.binaries.account
        if account is None:
            return
        for folder in [self.home, *self.home.parents]:
            status = folder.stat()
            open_to_group = status.st_gid == account.gid and status.st_mode & stat.S_IXGRP
            if not (status.st_mode & stat.S_IXOTH or open_to_group or status.st_uid == account.uid):
                raise EmbeddedError(
                    f"{self.home} can't hold the embedded PostgreSQL: PostgreSQL runs as {account.name}, not as root, "
                    f"and {account.name} may not enter {folder}. Set PORTICO_DATA_DIR to another folder, "
                    "or set DATABASE_URL."
                )

    def _check_version(self) -> None:
        owner = self.data.stat().st_uid
        if owner != self._owner():
            raise EmbeddedError(f"{self.data} belongs to user {owner}, and PostgreSQL would run as {self._owner()}")
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise EmbeddedError(
                f"{self.data} was created by PostgreSQL {version}, but this is {MAJOR}: dump and restore"
            )


def _quoted(value: str) -> str:
    """`value` quoted for the shell with which pg_ctl starts the server."""
    return "'" + value.replace("'", "'\\''") + "'"
