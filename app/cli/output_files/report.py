"""The report that a command writes: to standard output, or to a file. It can be made again, so it replaces a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Final

from app.cli.output_files.draft import draft_of

STANDARD_OUTPUT: Final = Path("-")


@contextmanager
def report_stream(path: Path, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """Open the file, or standard output for `-`, without translating line ends.

    A file gets its name, in the place of one that had it, only if the block succeeds. A new one can be read by nobody
    else (mode 0600), because reports name people; one that replaces a file of the same user and group keeps its mode.
    What isn't a file, such as a pipe, is written to at once. Raises OSError.
    """
    if path == STANDARD_OUTPUT:
        output = TextIOWrapper(sys.stdout.buffer, encoding=encoding, newline="")
        try:
            yield output
        finally:
            output.detach()
    elif path.exists() and not path.is_file():
        with path.open("w", encoding=encoding, newline="") as stream:
            yield stream
    else:
        with _replacement(path.resolve(), encoding) as stream:
            yield stream


@contextmanager
def _replacement(path: Path, encoding: str) -> Iterator[IO[str]]:
    with draft_of(path) as (draft, descriptor):
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as stream:
            os.fchmod(descriptor, _mode(path, os.fstat(descriptor)))  # whatever the umask
            yield stream
        draft.replace(path)


def _mode(path: Path, new: os.stat_result) -> int:
    """The mode of a file that may replace one. That of another user or group would let others read it than before."""
    former = path.stat() if path.exists() else None
    is_same = former is not None and (former.st_uid, former.st_gid) == (new.st_uid, new.st_gid)
    return former.st_mode & 0o777 if former is not None and is_same else 0o600
