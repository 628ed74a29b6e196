"""Notices a client that doesn't read its responses."""

from typing import Final

MIN_BYTES: Final = 16_384
"""How much a client must read to count as reading, unless it reads everything."""


class ReadProgress:
    """Follows how many bytes of a connection wait to be sent."""

    def __init__(self) -> None:
        self._unsent, self._since = 0, 0.0

    def seconds_without(self, unsent: int, now: float) -> float:
        """Returns for how long the client has read less than MIN_BYTES, though `unsent` bytes are waiting; 0 if none
        are, or the server has added some. `now` is the time of the event loop in seconds."""
        if not unsent or unsent > self._unsent or unsent <= self._unsent - MIN_BYTES:
            self._unsent, self._since = unsent, now
        return now - self._since
