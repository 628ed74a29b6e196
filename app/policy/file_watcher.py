"""Waiting for a file to change, by looking at it: on any file system, also those that send no events."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

FileState = tuple[int, int, int] | None


async def changes(path: Path, every: float, known: FileState) -> AsyncIterator[None]:
    """One item whenever the file has changed and then stayed the same for one look, `every` so many seconds.

    So that it is not read while it is written. `known` is what it looked like before it was read for the first time;
    nothing that changes later is missed.
    """
    seen = known
    while True:
        await asyncio.sleep(every)
        now = await asyncio.to_thread(file_state, path)
        if now != known and now == seen:
            known = now
            yield
        seen = now


def file_state(path: Path) -> FileState:
    """What tells one state of the file from another; None while it can't be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
