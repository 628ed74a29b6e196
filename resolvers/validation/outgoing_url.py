"""The syntax of URLs to which the server sends requests because a user asks for it.

Only https, and only to a host name: a URL with an IP address, credentials or a fragment is refused. The server checks
the addresses of the name each time that it sends a request (`app/egress/`).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

URL_MAX: Final = 2000
"""The maximum number of characters of a URL."""

LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
"""The hosts that a setting for development allows, also without TLS."""

_PORTS: Final = {"https": 443, "http": 80}
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)({_LABEL}\.)+{_LABEL}")
_PRINTABLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class OutgoingUrl:
    """A URL that the server may send requests to. `target` is the path with the query. `is_loopback`: the host is this
    machine, and the scheme may be http."""

    scheme: str
    host: str
    port: int
    target: str
    is_loopback: bool

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_outgoing_url(text: str, *, allows_loopback: bool) -> OutgoingUrl:
    """Reads a URL. `allows_loopback` also allows http and https to this machine, for development.

    Raises ValueError whose message says to the user what the URL must be.
    """
    if len(text) > URL_MAX:
        raise ValueError(f"A URL can have at most {URL_MAX} characters.")
    if not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise ValueError("Enter a URL in ASCII characters, without spaces or backslashes: international names as xn--…")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("Enter a valid URL, such as https://hooks.example.com/portico.") from error
    if "@" in parts.netloc or "#" in text:
        raise ValueError("A URL can't contain a user name, a password or a fragment.")
    is_loopback = allows_loopback and host in LOOPBACK_HOSTS
    if parts.scheme != "https" and not (is_loopback and parts.scheme == "http"):
        raise ValueError("A URL must begin with https://.")
    if port == 0 or not (is_loopback or _is_public_name(host)):
        raise ValueError("Enter a URL with the name of a public host, such as https://hooks.example.com/portico.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return OutgoingUrl(parts.scheme, host, port or _PORTS[parts.scheme], target, is_loopback)


def _is_public_name(host: str) -> bool:
    """Whether a host can be a name in the public DNS: it has a dot, and isn't an address, in whatever notation."""
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return False
    last = host.rpartition(".")[2]
    # As WHATWG's URL standard reads a host: with a number at the end, it is an IPv4 address, such as 127.1 or 0x7f.1.
    is_number = last.isdigit() or bool(re.fullmatch(r"0x[0-9a-f]*", last))
    return bool(_NAME.fullmatch(host)) and not is_number and last != "localhost"
