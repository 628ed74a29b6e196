"""One cluster of PostgreSQL in a data folder: made, started, found running, and stopped."""

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
from app.embedded.postmaster import Postmaster, disown, running_in
from app.embedded.private_folder import make_private

SOCKET_PATH_BYTES = 103  # the least that any system allows for the path of a socket (sun_path: 104 to 108 with its NUL)
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60
CRASH_SECONDS = 20  # how long the processes of a server that was killed may take to notice

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
}


@dataclass(frozen=True)
class Cluster:
    """A cluster in the folder `home`, run with `binaries`."""

    home: Path
    binaries: Binaries

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; only the user that it runs as may look into it."""
        return self.home / "postgres"

    @property
    def locks(self) -> Path:
        """The folder of the lock files."""
        return self.home / "locks"

    def make_folder(self) -> None:
        """Make `home` and the folder of the lock files. A folder that is there is left as it is."""
        make_private(self.home)
        self.locks.mkdir(mode=0o700, exist_ok=True)
        self._check_reach()

    def ensure_started(self, options: Mapping[str, str]) -> str:
        """Start the server unless it runs; the URL of its database."""
        if not self.data.exists():
            self._initialize()
        self._check_version()
        server = running_in(self.data) or self._start({**DEFAULTS, **options})
        return f"postgresql://postgres@/postgres?host={quote(str(server.socket_folder), safe='/')}"

    def stop(self) -> None:
        """Stop the server in order, if it runs: sessions that are still open are ended."""
        if running_in(self.data) is not None:
            arguments = ("stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_SECONDS))
            done = self.binaries.run("pg_ctl", *arguments)
            if done.returncode != 0 and running_in(self.data) is not None:
                raise EmbeddedError(f"PostgreSQL in {self.data} did not stop: {done.stdout.strip()}")

    def _initialize(self) -> None:
        """Make the cluster beside its place, and move it there when it is whole."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._give(unfinished)
        arguments = ("-D", str(unfinished), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        done = self.binaries.run("initdb", *arguments, *locale)
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not be set up in {unfinished}: {done.stdout.strip()}")
        unfinished.rename(self.data)

    def _start(self, options: Mapping[str, str]) -> Postmaster:
        disown(self.data)
        socket_folder = self._socket_folder()
        # Of a server that is gone, as we know here; PostgreSQL would believe its number, whoever has that by now.
        (socket_folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        settings = {**options, "unix_socket_directories": str(socket_folder)}
        line = " ".join(f"-c {name}={_quoted(value)}" for name, value in settings.items())
        log = self.data / "server.log"
        if log.exists():
            log.replace(log.with_name("server.log.1"))
        arguments = ("start", "-D", str(self.data), "-w", "-t", str(START_SECONDS), "-l", str(log), "-o", line)
        give_up = time.monotonic() + CRASH_SECONDS
        while self.binaries.run("pg_ctl", *arguments).returncode != 0:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
            # The processes of a server that was killed are still leaving: PostgreSQL rightly waits for the last.
            if "shared memory block" not in said or time.monotonic() > give_up:
                raise EmbeddedError(f"PostgreSQL in {self.data} did not start; it said:\n{said}")
            log.unlink()
            time.sleep(0.2)
        server = running_in(self.data)
        if server is None:
            raise EmbeddedError(f"PostgreSQL in {self.data} started and stopped again: see {log}")
        return server

    def _socket_folder(self) -> Path:
        """The cluster's own folder, which is private; a private folder elsewhere when its path is too long."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"portico-{digest}"
        if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES:
            raise EmbeddedError(f"no short path for PostgreSQL's socket: {folder} is too long as well; set TMPDIR")
        folder.mkdir(mode=0o700, exist_ok=True)
        mine = (os.geteuid(), self._owner())
        found = folder.lstat()
        # In a folder that all may write to, somebody else could have been there first.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in mine or stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
            raise EmbeddedError(f"{folder} is not a private folder of ours: remove it, or set TMPDIR")
        self._give(folder)
        return folder

    def _owner(self) -> int:
        return os.geteuid() if self.binaries.account is None else self.binaries.account.uid

    def _give(self, folder: Path) -> None:
        if self.binaries.account is not None:
            os.chown(folder, self.binaries.account.uid, self.binaries.account.gid)

    def _check_reach(self) -> None:
        """Refuse a folder that the system user can't get to: its parents are not ours to open."""
        account = self.binaries.account
        if account is None:
            return
        for folder in [self.home, *self.home.parents]:
            found = folder.stat()
            open_to_group = found.st_gid == account.gid and found.st_mode & stat.S_IXGRP
            if not (found.st_mode & stat.S_IXOTH or open_to_group or found.st_uid == account.uid):
                raise EmbeddedError(
                    f"{self.home} can't hold the embedded PostgreSQL: it does not run as root, but as {account.name}, "
                    f"who may not enter {folder}. Set PORTICO_DATA_DIR to another folder, or set DATABASE_URL."
                )

    def _check_version(self) -> None:
        owner = self.data.stat().st_uid
        if owner != self._owner():
            raise EmbeddedError(f"{self.data} belongs to user {owner}, and PostgreSQL would run as {self._owner()}")
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise EmbeddedError(f"{self.data} was made by PostgreSQL {found}, and this is {MAJOR}: dump and restore it")


def _quoted(value: str) -> str:
    """`value` as one word for the shell that pg_ctl starts the server with."""
    return "'" + value.replace("'", "'\\''") + "'"
