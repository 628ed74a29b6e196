"""A file that a command writes under another name, until it is complete."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[tuple[Path, int]]:
    """Create a file beside `path` that others can't read (mode 0600). Yields its path, and a descriptor for writing,
    which the block closes. Whatever still has that name at the end of the block is removed. Raises OSError."""
    draft = path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield draft, descriptor
    finally:
        draft.unlink(missing_ok=True)
