"""Caches on disk that a policy passed the load checks, so that the next start does not spend seconds on them again.

An entry is a file whose name is a hash of everything that the result depends on: the policy, its name and its
prohibitions, the code of the checks and the models, and the versions of Oso, SQLAlchemy and Python. If any of these
changes, the entry no longer matches. The entry contains the warnings as JSON.

Server processes that are to load the same new policy at the same moment take turns: the first one checks it, and the
others take its result, of a policy that is rejected, too.

A folder that is full or read-only keeps nobody from loading a policy: it is checked, and nothing is cached.
"""

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fcntl import LOCK_EX, flock
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("authz", "models")

log = logging.getLogger("portico.policy")

_Version = tuple[int, int] | None
"""Of a file: it differs after each write. None if there is none."""


def entry_path(text: str, file: str, prohibitions: str, folder: Path) -> Path:
    """Returns the path in `folder` of the cache entry for the policy `text`, called `file` in diagnostics, with the
    `prohibitions` beside it.

    The file exists if the policy has passed the current version of the checks.
    """
    digest = sha256(
        f"{sys.version}\0{version('oso')}\0{version('sqlalchemy')}\0{file}\0{prohibitions}\0{text}".encode()
    )
    for package in _PACKAGES:
        sources = sorted((_ROOT / package).rglob("*.py"))
        assert sources, f"no sources of {package}: an entry would survive a change to them"
        for source in sources:
            digest.update(source.read_bytes())
    return folder / f"{digest.hexdigest()}.passed"


def write_entry(entry: Path, warnings: str) -> None:
    """Writes the file `entry` atomically, because other processes may look for it meanwhile; logs if that fails."""
    draft = entry.with_suffix(f".{secrets.token_hex(8)}")
    try:
        draft.write_text(warnings)
        draft.replace(entry)
    except OSError as error:
        _log_failure(error)
        with suppress(OSError):
            draft.unlink()


class Rejections:
    """What was found wrong with the policy of an `entry` while this process waited for its turn to check it."""

    def __init__(self, entry: Path) -> None:
        self._file = entry.with_suffix(".rejected")
        self._before = self._version()

    def found(self) -> str | None:
        """The findings, as JSON, of a process that has checked the policy in the meantime, and rejected it."""
        return self._file.read_text() if self._version() not in (None, self._before) else None

    def write(self, findings: str) -> None:
        """Let the others that wait know of these findings."""
        write_entry(self._file, findings)

    def _version(self) -> _Version:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


@contextmanager
def turn(entry: Path) -> Iterator[Rejections]:
    """Wait until no other process checks the policy of `entry`, which ends within the time limit of a check."""
    rejections = Rejections(entry)
    with ExitStack() as stack:
        try:
            entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Sixteen files for all policies, which stay: a file that is removed while others wait for it locks nothing.
            flock(stack.enter_context((entry.parent / f"{entry.name[0]}.lock").open("w")), LOCK_EX)
        except OSError as error:
            _log_failure(error)
        yield rejections


def _log_failure(error: OSError) -> None:
    log.warning("The result of checking a policy can't be cached (%s).", error.strerror)
