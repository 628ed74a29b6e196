"""A network between Portico and PostgreSQL that falls silent: connections stay open, and nothing arrives any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.bad_days.forwarding import copy
from tests.support.listening import listening


class SilentProxy:
    """Forwards connections on a TCP port to a socket in the file system, until it falls silent.

    What was open then stays open and silent for good, as on a path whose firewall has forgotten it: only those who
    limit their waits get rid of it. PostgreSQL's side is closed, as by its own keepalive. New connections are accepted,
    and heard once the proxy speaks again.
    """

    def __init__(self, target: Path) -> None:
        self.port = 0
        self._target = target
        self._speaks, self._silence = asyncio.Event(), asyncio.Event()
        self._speaks.set()

    def fall_silent(self) -> None:
        """Pass nothing on from now on."""
        self._speaks.clear()
        self._silence.set()

    def speak(self) -> None:
        """Serve new connections again."""
        self._silence = asyncio.Event()
        self._speaks.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        await self._speaks.wait()
        to_read, to_write = await asyncio.open_unix_connection(self._target)
        copies = [asyncio.create_task(each) for each in (copy(reader, to_write), copy(to_read, writer))]
        silence = asyncio.create_task(self._silence.wait())
        try:
            await asyncio.wait([*copies, silence], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*copies, silence):
                task.cancel()
            to_write.transport.abort()
        if not self._speaks.is_set():
            await asyncio.Event().wait()


@asynccontextmanager
async def silent_proxy(target: Path) -> AsyncIterator[SilentProxy]:
    """Run a proxy on a free local port until the end of the block."""
    proxy = SilentProxy(target)
    async with listening(proxy.serve) as proxy.port:
        yield proxy
