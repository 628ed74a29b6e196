"""The client for requests to addresses that people type in. Every limit of a request is here."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Final

import httpcore

from app.egress.errors import EgressError
from app.egress.network import PinnedNetwork
from app.egress.proxy import proxy_of
from app.egress.public_addresses import IpAddress, is_public
from app.egress.resolver import Resolver
from models import EgressFailure
from resolvers.validation.outgoing_url import OutgoingUrl, parse_outgoing_url

REQUEST_SECONDS: Final = 15.0
"""How long a request may take in total, from resolving the name to the last byte of the response."""

MAX_BODY_BYTES: Final = 262_144
"""The largest body of a response that is read, unless the request says less."""

MAX_HEADERS: Final = 100
"""The maximum number of headers of a response. All together have at most 100 KiB, which httpcore ensures."""

MOST_REQUESTS: Final = 64
"""How many requests a client sends at a time. A process has one for providers and one for webhooks."""


_FAILURES: Final = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.ProxyError)


@cache
def _system_trust() -> ssl.SSLContext:
    """Trusts the certificate authorities of the system. Loading them takes 20 ms, so all clients share them."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class EgressSettings:
    """`proxy` is the URL of an HTTP proxy through which all requests go, if any; it resolves the names then, and must
    refuse what isn't public. `allows_loopback` also allows http, and this machine, for development."""

    proxy: str | None = field(default=None, repr=False)
    allows_loopback: bool = False


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """A response: its status, its headers with names in lower case (the last one of a name), and its body as it was
    sent. A redirect is a response like any other."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class EgressClient:
    """Sends requests. Safe to use concurrently. `resolver`, `network` and `tls` are for tests; by default the system's
    name servers, its network and its certificate authorities."""

    def __init__(
        self,
        settings: EgressSettings,
        *,
        resolver: Resolver | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._resolver = resolver or Resolver()
        self._network = network or httpcore.AnyIOBackend()
        self._tls = tls or _system_trust()
        self._places = asyncio.Semaphore(MOST_REQUESTS)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        seconds: float = REQUEST_SECONDS,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> EgressResponse:
        """Sends a request and returns the response. It takes at most `seconds`. With a `max_bytes` of 0, the body of
        the response is not read.

        Raises EgressError. The server may have received the request nevertheless.
        """
        try:
            target = parse_outgoing_url(url, allows_loopback=self._settings.allows_loopback)
        except ValueError:
            raise EgressError(EgressFailure.URL_REFUSED) from None
        if self._places.locked():
            raise EgressError(EgressFailure.BUSY)
        try:
            async with self._places, asyncio.timeout(seconds), await self._open(target) as pool:
                return await _exchange(pool, _request(method, target, headers or {}, body), max_bytes)
        except TimeoutError:
            raise EgressError(EgressFailure.TIMED_OUT) from None
        except _FAILURES as error:
            raise EgressError(_failure_of(error)) from None

    async def _open(self, target: OutgoingUrl) -> httpcore.AsyncConnectionPool:
        """A pool for one connection: it leads to the target, or to the proxy."""
        if self._settings.proxy is not None and not target.is_loopback:
            proxy = proxy_of(self._settings.proxy)
            return httpcore.AsyncConnectionPool(
                self._tls, proxy=proxy, max_connections=1, network_backend=self._network
            )
        network = PinnedNetwork(await self._addresses(target), self._network)
        return httpcore.AsyncConnectionPool(self._tls, max_connections=1, network_backend=network)

    async def _addresses(self, target: OutgoingUrl) -> list[IpAddress]:
        if target.is_loopback:
            return [ip_address("127.0.0.1" if target.host == "localhost" else target.host)]
        found = await self._resolver.addresses(target.host)
        # One reason for both, so that nobody learns which names an internal name server knows.
        if not found or not all(map(is_public, found)):
            raise EgressError(EgressFailure.NO_PUBLIC_ADDRESS)
        return found


def _request(method: str, target: OutgoingUrl, headers: Mapping[str, str], body: bytes) -> httpcore.Request:
    own = {"Host": target.authority, "User-Agent": "Portico", "Connection": "close", "Content-Length": str(len(body))}
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.target)
    return httpcore.Request(method, url, headers=list({**own, **headers}.items()), content=body)


async def _exchange(pool: httpcore.AsyncConnectionPool, request: httpcore.Request, max_bytes: int) -> EgressResponse:
    response = await pool.handle_async_request(request)
    try:
        if len(response.headers) > MAX_HEADERS:
            raise EgressError(EgressFailure.RESPONSE_INVALID)
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return EgressResponse(response.status, received, await _body(response, max_bytes))
    finally:
        await response.aclose()


async def _body(response: httpcore.Response, max_bytes: int) -> bytes:
    if max_bytes == 0:
        return b""
    parts, size = [], 0
    async for part in response.aiter_stream():
        size += len(part)
        if size > max_bytes:
            raise EgressError(EgressFailure.RESPONSE_TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _failure_of(error: Exception) -> EgressFailure:
    match error:
        case httpcore.TimeoutException():
            return EgressFailure.TIMED_OUT
        case httpcore.ProxyError():
            return EgressFailure.PROXY_REFUSED
        case httpcore.ProtocolError():
            return EgressFailure.RESPONSE_INVALID
        case _ if _is_by_tls(error):
            return EgressFailure.TLS_FAILED
        case _:
            return EgressFailure.CONNECTION_FAILED


def _is_by_tls(error: Exception) -> bool:
    """Whether TLS failed, for example because of an invalid certificate. httpcore gives the error as an argument."""
    return any(isinstance(argument, ssl.SSLError) for argument in error.args)
