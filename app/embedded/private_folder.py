"""Folders that are for us alone."""

import os
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make `folder`, and what is missing above it, closed to other users; what is there stays as it is.

    Root's may be walked through, though not looked into: the embedded PostgreSQL, which is another user then, has its
    own folder inside.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)  # whatever the umask
