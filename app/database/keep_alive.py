"""Lets the kernel notice that the other end of a connection is gone, though it was never closed: a machine has lost its
power, a network drops packets, or a firewall has forgotten the connection.

TCP alone waits a quarter of an hour for data that isn't acknowledged, and forever while nothing is sent. PostgreSQL's
own library has the same options (manual of libpq, `keepalives` and `tcp_user_timeout`); asyncpg sets none of them.
"""

import socket
from typing import Any, Final

IDLE_SECONDS: Final = 10
"""After so long without data, the kernel asks the other end whether it is still there (RFC 9293, section 3.8.4)."""

INTERVAL_SECONDS: Final = 5
PROBES: Final = 2
"""How many times it asks, and at which interval."""

GONE_SECONDS: Final = IDLE_SECONDS + PROBES * INTERVAL_SECONDS
"""After so long without a sign of life, or an acknowledgement (RFC 5482), the kernel closes the connection."""

_OPTIONS: Final = {
    "TCP_KEEPIDLE": IDLE_SECONDS,
    "TCP_KEEPINTVL": INTERVAL_SECONDS,
    "TCP_KEEPCNT": PROBES,
    "TCP_USER_TIMEOUT": GONE_SECONDS * 1000,
}
"""By name, because not every system has all of them."""


def keep_alive(connected: Any) -> None:
    """Set the options of a socket. Sockets in the file system need none."""
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS.items():
        option = getattr(socket, name, None)
        if option is not None:
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
