"""Keeps the garbage collector from stopping the process for long.

The collector holds the interpreter lock. While a large structure grows, the collector visits it again and again, and
moves it to the oldest generation. There its cycles wait, with those of the structures before it, for a full collection,
which stops every thread for a tenth of a second or more. If the collector rests meanwhile, what a block has left behind
is still young at its end, so a collection of the youngest objects frees it at once.

What a server has built when it starts, or when a new policy replaces the active one, stays for hours. `Freezer` takes
it out of all later collections.
"""

import asyncio
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

WARM_SECONDS: Final = 60.0
"""How long after a start or a new policy the caches are filled, and no request from before it is in progress."""

MOST_BLOCKS: Final = 20
"""How many blocks may end before the collector no longer rests because others have begun meanwhile."""

_lock = threading.Lock()
_resting = 0
_ended = 0


@contextmanager
def collected_at_end() -> Iterator[None]:
    """A block during which the collector rests, in all threads. It collects the youngest objects when the last such
    block ends, and all objects when `MOST_BLOCKS` have ended while there was always another: several busy threads must
    not turn the collector off. Does nothing if the collector is off anyway."""
    global _resting  # noqa: PLW0603
    with _lock:
        active = _resting > 0 or gc.isenabled()
        if active:
            _resting += 1
            gc.disable()
    try:
        yield
    finally:
        if active:
            _end_block()


def _end_block() -> None:
    global _resting, _ended  # noqa: PLW0603
    with _lock:
        _resting -= 1
        _ended += 1
        last, overdue = not _resting, _ended >= MOST_BLOCKS
        if last:
            gc.enable()
        if last or overdue:
            _ended = 0
    if last:
        gc.collect(0)
    elif overdue:
        gc.collect()


def freeze_survivors() -> None:
    """Free every cycle that nothing refers to, also among what was frozen before, and freeze the rest: later
    collections don't visit it. Stops all threads for as long as a full collection takes, 0.1 to 0.3 seconds.

    A cycle that is frozen and loses its last reference afterwards stays until the next call.
    """
    with _lock:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


class Freezer:
    """Freezes what a server keeps: when it has started, when a new policy is active, and once more `warm_seconds` after
    either, with what the first requests have built and without what requests of an old policy still held."""

    def __init__(self, warm_seconds: float = WARM_SECONDS) -> None:
        self._warm_seconds = warm_seconds
        self._timers: list[asyncio.TimerHandle] = []

    def freeze(self) -> None:
        """Freeze now, and again later. For the end of the start."""
        freeze_survivors()
        self._schedule(self._warm_seconds)

    def freeze_soon(self) -> None:
        """Freeze when the callers have returned, and again later. For a new policy, while the old one is in use."""
        self._schedule(0.0, self._warm_seconds)

    def close(self) -> None:
        """Freeze no more."""
        self._schedule()

    def _schedule(self, *delays: float) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers = [asyncio.get_running_loop().call_later(delay, freeze_survivors) for delay in delays]
