"""Creates folders that other users can't read."""

import os
from pathlib import Path


def make_private(folder: Path) -> None:
    """Create `folder` and its missing parents, closed to other users. Existing folders are left as they are.

    Root's folders can be traversed, though not listed: the embedded PostgreSQL, which then runs as another user, has
    its own folder inside.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)  # whatever the umask
