"""Counts measurements by size, in a few hundred nanoseconds each: what monitoring shows as a histogram."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds for times, in seconds: from a short read to a write that runs into its timeout."""


class Distribution:
    """`counts` holds the number of measurements at most as large as each bound, and above the one before; at its end,
    those above all bounds. `total` is the sum of all. Not thread-safe: call `observe` from the event loop."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Adds a measurement."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
