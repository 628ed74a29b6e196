"""Watches a policy file, and the prohibitions beside it, for changes by polling, which works on any file system, even
without change events."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from authz.policy import PROHIBITIONS_FILE

FileState = tuple[int, ...] | None
"""The time of the last change, in nanoseconds, and what else tells that something has changed."""


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
    """Returns a value that changes with the file or with the one beside it, or None while the file can't be read."""
    state, beside = _state(path), _state(path.with_name(PROHIBITIONS_FILE))
    if not state:
        return None
    return max(state[0], *beside[:1]) if beside else state[0], *state, *beside


def _state(path: Path) -> tuple[int, ...]:
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
