"""The limits of connections, and a count of what was refused because of them."""

import logging
from collections import Counter
from dataclasses import dataclass
from typing import Final

from app.settings import Settings
from resolvers.log_interval import LogInterval

log = logging.getLogger("portico.server")

MAX_HEADERS: Final = 100
"""How many header fields a request may have, trailers included."""

MAX_PIPELINED: Final = 100
"""How many requests a client may send ahead on one connection. Those after them are not answered."""

LOG_SECONDS: Final = 10.0
"""The shortest time between two log lines about refusals."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of connections: `seconds` is for a request's head to arrive, its body, and a response to be read."""

    header_bytes: int
    seconds: float
    connections: int


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Returns the limits from the settings."""
    return ConnectionLimits(settings.max_header_bytes, settings.body_timeout.total_seconds(), settings.max_connections)


class Refusals:
    """Counts refused requests and closed connections by reason. One line each would let a hostile client fill the log,
    so the counts are logged now and then."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._logged: Counter[str] = Counter()
        self._interval = LogInterval(LOG_SECONDS)

    def add(self, reason: str) -> None:
        """Counts one refusal for this reason."""
        self.total[reason] += 1

    def log(self, now: float, *, at_once: bool = False) -> None:
        """Logs what has been added since the last line, at most once in LOG_SECONDS unless `at_once`. `now` is the time
        of the event loop in seconds."""
        new = self.total - self._logged
        if new and (self._interval.is_due(now) or at_once):
            self._logged = self.total.copy()
            log.warning("Refused: %s", ", ".join(f"{reason}: {count:,}" for reason, count in sorted(new.items())))
