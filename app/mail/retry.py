"""Decides whether and when to try a mail again after a failure, as a value.

The pauses double from 15 seconds to an hour. After about three days, the mail is given up.
"""

from dataclasses import dataclass
from datetime import timedelta

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 80


@dataclass(frozen=True, slots=True)
class Pause:
    """Try again after `time`."""

    time: timedelta

    def __str__(self) -> str:
        return f"next try in {self.time.total_seconds():g} seconds"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Don't try again, for `reason`."""

    reason: str

    def __str__(self) -> str:
        return f"given up, {self.reason}"


def next_try(attempts: int, *, permanent: bool = False) -> Pause | GiveUp:
    """The decision after `attempts` failed tries (at least one). `permanent`: the last failure was permanent."""
    if permanent:
        return GiveUp("rejected permanently")
    if attempts >= MOST_ATTEMPTS:
        return GiveUp(f"failed {attempts} times")
    doublings = min(attempts - 1, 16)
    return Pause(min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE))
