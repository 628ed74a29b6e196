"""A network in which public addresses are servers of a test."""

from collections.abc import Iterable, Mapping

import httpcore


class StandInNetwork(httpcore.AsyncNetworkBackend):
    """Connects to 127.0.0.1 instead of `address`, at the port that `servers` says for it, and refuses all other
    addresses. `asked` are those to which a connection was asked for."""

    def __init__(self, servers: Mapping[str, int]) -> None:
        self._servers, self.asked = servers, list[str]()
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        if host not in self._servers:
            raise httpcore.ConnectError
        return await self._network.connect_tcp("127.0.0.1", self._servers[host], timeout, local_address, socket_options)
