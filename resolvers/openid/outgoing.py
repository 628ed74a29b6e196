"""The means to ask the outside world: an HTTP client and a resolver, which the server provides."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class HttpResponse(Protocol):
    """The answer to a request: its status, and its body as far as it was read."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def body(self) -> bytes:
        """The body."""


class HttpClient(Protocol):
    """Sends requests to addresses that somebody has typed in, within limits of time and size."""

    def check_url(self, url: str) -> None:
        """Raises ValueError, with a message for the user, if no request is ever sent to an address."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> HttpResponse:
        """Returns the response, whatever its status; redirects are not followed. Raises ProviderError (UNREACHABLE)."""


class TxtResolver(Protocol):
    """Looks up TXT records."""

    async def records(self, name: str) -> Sequence[str] | None:
        """Returns the texts of the records of `name`, which is in ASCII; None if no name server says whether there are
        any."""
