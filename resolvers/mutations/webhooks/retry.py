"""Decides whether and when to try a webhook again after a failure, as a value.

The pauses grow from 5 seconds to a day. After almost three days, the webhook is stopped.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

PAUSES: Final = (
    *(timedelta(seconds=seconds) for seconds in (5, 30)),
    *(timedelta(minutes=minutes) for minutes in (2, 10, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 16, 24)),
)
"""The pauses after the first failure, the second, and so on: 67 hours and 42 minutes and a half in all."""

LONGEST_WISH: Final = timedelta(days=1)
"""How long a receiver may ask to be left alone (Retry-After)."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """After `pause`."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class StopTrying:
    """Don't try again."""


def next_try(failures: int, retry_after: timedelta | None = None) -> TryAgain | StopTrying:
    """The decision after `failures` failed tries in a row (at least one). `retry_after` is what the receiver asked
    for, if it did: the pause is no shorter, up to `LONGEST_WISH`."""
    if failures > len(PAUSES):
        return StopTrying()
    return TryAgain(max(PAUSES[failures - 1], min(retry_after or timedelta(0), LONGEST_WISH)))
