"""Limits how often a log line about frequent events is written."""


class LogInterval:
    """At most one line in `seconds`. The first is due at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether a line is due at `now`, in seconds from an arbitrary start; if so, the next interval begins."""
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
