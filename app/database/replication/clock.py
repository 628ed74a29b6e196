"""The clock of replication: seconds since this machine was started.

It goes on while the machine is suspended, so a lease doesn't outlive that.
"""

import time
from typing import Final

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Returns the seconds since the start of this machine."""
    return time.clock_gettime(_CLOCK)
