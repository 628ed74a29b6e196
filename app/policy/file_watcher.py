"""Watches a file for changes by polling, which works on any file system, even without change events."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

FileState = tuple[int, int, int] | None


async def watch_file(path: Path, interval: float, initial: FileState) -> AsyncIterator[None]:
    """Yields whenever the file has changed and then stayed the same for one poll, so that it isn't read while it is
    being written.

    Polls every `interval` seconds. `initial` is the state from before the file was first read; later changes aren't
    missed.
    """
    last_yielded = previous = initial
    while True:
        await asyncio.sleep(interval)
        current = await asyncio.to_thread(file_state, path)
        if current != last_yielded and current == previous:
            last_yielded = current
            yield
        previous = current


async def wait_until_still(path: Path, seconds: float, most_seconds: float) -> None:
    """Waits until the file was not changed for `seconds`, because a part of a file may be valid; `most_seconds` at
    most."""
    end = time.monotonic() + most_seconds
    while time.monotonic() < end:
        state = await asyncio.to_thread(file_state, path)
        age = seconds if state is None else time.time() - state[0] / 1e9
        if not 0 <= age < seconds:
            return
        await asyncio.sleep(seconds - age)


def file_state(path: Path) -> FileState:
    """Returns a value that changes with the file, or None while it can't be read."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
