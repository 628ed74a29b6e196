"""The socket of a service manager, to which processes say how they are (sd_notify(3))."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 300
"""How long a message may take to arrive: on a machine that does much else, a server takes minutes to start."""


class NotifySocket:
    """Receives messages. `address` is the value of NOTIFY_SOCKET."""

    def __init__(self, receiver: socket.socket, address: str) -> None:
        self.address = address
        self._receiver = receiver
        self._receiver.setblocking(False)

    async def next(self, timeout: float = PATIENCE_SECONDS) -> str:
        """The next message. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            return (await asyncio.get_running_loop().sock_recv(self._receiver, 4096)).decode()

    async def until(self, message: str) -> list[str]:
        """The messages that come before one that begins like this."""
        before = []
        while not (received := await self.next()).startswith(message):
            before.append(received)
        return before

    def drain(self) -> list[str]:
        """The messages that have arrived and weren't read."""
        messages = []
        try:
            while True:
                messages.append(self._receiver.recv(4096).decode())
        except BlockingIOError:
            return messages


@contextmanager
def notify_socket(path: Path | str) -> Iterator[NotifySocket]:
    """A socket until the end of the block: a file, or if `path` begins with @, a name of the abstract namespace."""
    address = str(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + address[1:] if address.startswith("@") else address)
        yield NotifySocket(receiver, address)
