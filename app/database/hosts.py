"""Connects to a database: if its URL names several hosts, to the first one that is suitable.

    postgresql://portico:…@pg-1.internal,pg-2.internal/portico?target_session_attrs=primary

The driver tries them one after the other, with one timeout for all of them. A host that doesn't respond at all, such as
a machine without power, would use all of it up. So here, the next host is tried as well when one has not answered
within `HEAD_START_SECONDS`, as RFC 8305 (Happy Eyeballs) does with the addresses of a name.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched

from resolvers.driver_connection import DriverConnection

CONNECT_SECONDS: Final = 10.0
"""How long connecting may take."""

HEAD_START_SECONDS: Final = 1.0
"""How long a host may take to answer until the next one is tried, too. Less than replication waits for the primary."""

_ADDRESS: Final = re.compile(r"(\[[^]]*\]|[^:]*)(?::(\d*))?")


@dataclass(frozen=True, slots=True)
class Host:
    """A host of a database URL: a name, an address, or the folder of a socket; and the port, if the URL says it."""

    name: str
    port: int | None


_suitable: Final[dict[str, Host]] = {}
"""By URL that says what a host must be (`target_session_attrs`), the host to which the last connection was made."""


def hosts_of(url: str) -> Sequence[Host]:
    """Returns the hosts that a database URL names, in order; none if the driver is to use its default."""
    parts = urlsplit(url)
    addresses = parts.netloc.rpartition("@")[2]
    if addresses:
        return [_host(address) for address in addresses.split(",") if address]
    parameters = parse_qs(parts.query)
    names, ports = (parameters.get(name, [""])[-1].split(",") for name in ("host", "port"))
    if len(ports) == 1:
        ports *= len(names)
    return [Host(name, int(port) if port else None) for name, port in zip(names, ports, strict=False) if name]


def _host(address: str) -> Host:
    match = _ADDRESS.fullmatch(address)
    name, port = match.groups() if match else (address, None)
    return Host(unquote(name.strip("[]")), int(port) if port else None)


async def connect(url: str, **options: Any) -> DriverConnection:
    """Returns a connection to the database, made within `CONNECT_SECONDS`. `options` are those of `asyncpg.connect`.
    Raises TimeoutError, and the errors of connecting: of several hosts, the first that isn't about
    `target_session_attrs`."""
    attempts: list[asyncio.Task[DriverConnection]] = []
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _first_suitable(url, {"connection_class": DriverConnection, **options}, attempts)
    except TimeoutError:
        raise TimeoutError(f"the database has not answered within {CONNECT_SECONDS:g} seconds") from None
    finally:
        for attempt in attempts:
            attempt.cancel()
            attempt.add_done_callback(close_late)


async def _first_suitable(
    url: str, options: Mapping[str, Any], attempts: list["asyncio.Task[DriverConnection]"]
) -> DriverConnection:
    """Returns the first connection that is made; `attempts` then has the other attempts."""
    hosts, wanted = hosts_of(url), parse_qs(urlsplit(url).query).get("target_session_attrs", [""])[-1]
    # Which of several standbys is preferred, the driver decides when it knows all hosts.
    if len(hosts) < 2 or wanted == "prefer-standby":
        return await _connect(url, options)
    # The host that was suitable last comes first: after a failover, no connection waits for the former primary.
    waiting = sorted(hosts, key=lambda host: host != _suitable.get(url))
    tried: dict[asyncio.Task[DriverConnection], Host] = {}
    while True:
        if waiting:
            host = waiting.pop(0)
            attempt = asyncio.create_task(_connect(url, {**options, "host": host.name, "port": host.port}))
            attempts.append(attempt)
            tried[attempt] = host
        running = [attempt for attempt in attempts if not attempt.done()]
        if running:
            patience = HEAD_START_SECONDS if waiting else None
            await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for attempt in attempts:
            if attempt.done() and attempt.exception() is None:
                attempts.remove(attempt)
                if wanted:
                    _suitable[url] = tried[attempt]
                return attempt.result()
        if not waiting and all(attempt.done() for attempt in attempts):
            errors = [error for attempt in attempts if (error := attempt.exception()) is not None]
            raise next((error for error in errors if not isinstance(error, TargetServerAttributeNotMatched)), errors[0])


async def _connect(url: str, options: Mapping[str, Any]) -> DriverConnection:
    made: DriverConnection = await asyncpg.connect(url, timeout=2 * CONNECT_SECONDS, **options)
    return made


def close_late(attempt: "asyncio.Task[DriverConnection]") -> None:
    """Closes a connection that came too late, and retrieves an error that nobody waits for."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().terminate()
