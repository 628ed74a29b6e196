"""The archive that a command writes: a backup, an export, or old audit events.

It can't always be made again, so it never replaces a file, and gets its name only when it is complete.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from app.cli.output_files.draft import draft_of


class CannotWrite(Exception):
    """A command can't write its file there; the message says why."""


def archive_path(named: Path | None, name: str) -> Path:
    """The absolute path to write to: `named`, or a new file in the folder `named`, or in the current one. The name of a
    new file is made of the time by `name`, a format of `strftime`. Raises CannotWrite if nothing can be written there.
    """
    if named == Path("-"):
        raise CannotWrite("an archive gets its name when it is complete, so it needs one: name a file or a folder")
    new = datetime.now(UTC).strftime(name)
    path = (Path(new) if named is None else named / new if named.is_dir() else named).absolute()
    if not path.parent.is_dir():
        raise CannotWrite(f"there is no folder {path.parent}")
    _refuse_existing(path)
    return path


@contextmanager
def new_archive(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets the name `path` only if the block succeeds. Others can't read it (mode 0600).

    Raises CannotWrite if there is such a file by then, and OSError.
    """
    with draft_of(path) as (draft, descriptor):
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # whatever the umask
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path)
    _sync_folder(path.parent)


def _name(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)  # atomic, and never replaces another file
    except OSError:  # there is a file, or a file system without hard links
        _refuse_existing(path)
        draft.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise CannotWrite(f"{path} exists already, and an archive never replaces a file")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
