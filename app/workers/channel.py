"""What the supervisor and a worker tell each other, each message a line on a socket pair.

    worker -> supervisor    ready       it accepts connections
                            alive       its event loop runs; once a second
                            policy      it has looked at a policy file that has changed
    supervisor -> worker    policy      look at the policy file
                            drain       accept no more connections, and end when those that are open have ended

The end of one process ends the channel, however it dies: a worker without a supervisor ends itself.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

READY: Final = "ready"
ALIVE: Final = "alive"
POLICY: Final = "policy"
DRAIN: Final = "drain"


class Channel:
    """One end. Open it in the event loop that uses it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._writer: asyncio.StreamWriter | None = None

    async def listen(self, handlers: Mapping[str, Callable[[], None]]) -> None:
        """Calls the handler of each message that arrives, until the other end is closed."""
        reader, self._writer = await asyncio.open_connection(sock=self._end)
        with suppress(OSError):
            while line := await reader.readline():
                handlers[line.decode().strip()]()
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def send(self, message: str) -> None:
        """Sends a message, if the other end is still there."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(f"{message}\n".encode())

    def close(self) -> None:
        """Ends the channel."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._end.close()
