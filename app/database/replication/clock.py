"""The clock of replication: seconds since this machine was started.

It goes on while the machine is suspended, so a lease doesn't outlive that. All processes of a machine read the same
clock, so a process can tell how old something is that another one has written down (`handover.py`).
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

MOST_STEP_SECONDS: Final = 1.0
"""By how much the wall clock may differ between two processes that compare times of this clock. More means that it was
set, or that the two don't read the same clock."""


def now() -> float:
    """Returns the seconds since the start of this machine."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Boot:
    """A start of a machine: the id that Linux gives it, empty if this process can't read it, and its Unix time, by the
    wall clock as it is now."""

    id: str
    at: float

    @classmethod
    def current(cls) -> "Boot":
        """The start since which this machine runs."""
        try:
            boot_id = _BOOT_ID.read_text().strip()
        except OSError:
            # Hidden from services with ProcSubset=pid: then the time alone tells two starts apart.
            boot_id = ""
        return cls(boot_id, time.time() - now())

    def is_same(self, other: "Boot") -> bool:
        """Whether times of both can be compared: the machine has not been started anew, nor its wall clock set."""
        return self.id == other.id and abs(self.at - other.at) <= MOST_STEP_SECONDS
