"""What to do after a try to send a mail has failed: a decision, as a value.

The pauses double from 15 seconds to an hour. After about three days nobody waits for the mail any more.
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
        return f"the next try is in {self.time.total_seconds():g} seconds"


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Don't try again, for the reason `why`."""

    why: str

    def __str__(self) -> str:
        return f"given up, {self.why}"


def next_try(attempts: int, *, permanent: bool = False) -> Pause | GiveUp:
    """What comes after `attempts` failed tries (at least one); `permanent` when the last failure was one for good."""
    if permanent:
        return GiveUp("refused for good")
    if attempts >= MOST_ATTEMPTS:
        return GiveUp(f"no success in {attempts} tries")
    doublings = min(attempts - 1, 16)
    return Pause(min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE))
