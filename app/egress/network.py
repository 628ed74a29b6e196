"""The network as the client sees it: connections go to the addresses that were checked, whatever the name says."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import httpcore

from app.egress.public_addresses import IpAddress

MOST_TRIES: Final = 4
"""How many of the addresses of a name are tried, one after the other."""

CONNECT_SECONDS: Final = 4.0
"""How long a try may take before the next address is tried."""


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to one of `addresses`, in their order, for whatever host is asked for. TLS still uses the host's name.
    `network` opens the connections."""

    def __init__(self, addresses: Sequence[IpAddress], network: httpcore.AsyncNetworkBackend) -> None:
        self._addresses, self._network = addresses, network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Opens a connection. Raises httpcore.ConnectError or ConnectTimeout for the last address that was tried."""
        failure: Exception = httpcore.ConnectError()
        for address in self._addresses[:MOST_TRIES]:
            try:
                return await self._network.connect_tcp(
                    str(address), port, CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Pauses."""
        await asyncio.sleep(seconds)
