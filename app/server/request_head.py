"""Checks of a request's head beyond the parser's (RFC 9112), and the head's text without an upgrade."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

VERSIONS: Final = ("1.0", "1.1")

_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?")
"""`uri-host [ ":" port ]` of RFC 9110, section 7.2, with the grammar of RFC 3986; not empty, as http requires."""

HOSTS: Final = 64
"""How many values of Host are remembered as valid or not: clients send few."""

Header = tuple[bytes, bytes]


def find_problem(version: str, headers: Sequence[Header]) -> str | None:
    """Returns why a request must be rejected, or None.

    RFC 9112, section 3.2: exactly one valid Host; HTTP/1.0 may omit it. Section 6.1: no transfer coding that a proxy
    might understand differently, so `chunked` alone, and none in HTTP/1.0.
    """
    if version not in VERSIONS:
        return "This version of HTTP is not supported."
    hosts = codings = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _is_valid_host(value):
                return "The Host header is invalid."
        elif name == b"transfer-encoding":
            codings += 1
            if value.lower() != b"chunked":
                return "The only transfer coding is chunked."
    if hosts > 1 or codings > 1:
        return "A header that must not be repeated appears twice: Host or Transfer-Encoding."
    if version == "1.1" and not hosts:
        return "The Host header is missing."
    if version == "1.0" and codings:
        return "HTTP/1.0 has no transfer codings."
    return None


@lru_cache(HOSTS)
def _is_valid_host(host: bytes) -> bool:
    return _HOST.fullmatch(host) is not None


def without_upgrade(method: str, target: bytes, version: str, headers: Sequence[Header]) -> bytes:
    """Returns the head as text, without the field Upgrade: a server may ignore it (RFC 9110, section 7.8)."""
    lines = [b"%b %b HTTP/%b" % (method.encode("ascii"), target, version.encode("ascii"))]
    lines += [b"%b: %b" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join([*lines, b"", b""])
