"""Sends requests to providers, by the client for addresses that users enter."""

from collections.abc import Mapping
from typing import Final

from app.egress.client import EgressClient, EgressResponse
from app.egress.errors import EgressError
from resolvers.openid.errors import ProviderError, ProviderFailure
from resolvers.validation.outgoing_url import parse_outgoing_url

SECONDS: Final = 8.0
"""How long a request may take in total: a person waits for it."""

MAX_BYTES: Final = 262_144
"""The largest answer that is read."""


class ProviderHttp:
    """Sends requests through `egress`. With `allows_loopback`, a provider may be on this machine, for development."""

    def __init__(self, egress: EgressClient, *, allows_loopback: bool) -> None:
        self._egress, self._allows_loopback = egress, allows_loopback

    def check_url(self, url: str) -> None:
        """As `HttpClient.check_url`."""
        parse_outgoing_url(url, allows_loopback=self._allows_loopback)

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> EgressResponse:
        """As `HttpClient.send`."""
        try:
            return await self._egress.send(method, url, headers, body, seconds=SECONDS, max_bytes=MAX_BYTES)
        except EgressError:
            raise ProviderError(ProviderFailure.UNREACHABLE) from None
