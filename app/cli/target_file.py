"""The file that a command writes: the one that the operator names, or a new one in the folder that they name."""

from datetime import UTC, datetime
from pathlib import Path

from app.backup.errors import BackupError


def target_file(named: Path | None, name: str) -> Path:
    """The absolute path to write to. In a folder, or the current one, its name is made of the time by `name`, a format
    of `strftime`. Raises BackupError if there is such a file."""
    new = datetime.now(UTC).strftime(name)
    path = (Path(new) if named is None else named / new if named.is_dir() else named).absolute()
    if path.exists():
        raise BackupError(f"{path} exists already, and a file is never replaced")
    return path
