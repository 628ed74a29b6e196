"""Describes where a session comes from, in few words: enough for its user to recognize it, too little to follow them.

The words are from the lists below, never from the header of the client, which can hold anything.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

MAX_USER_AGENT: Final = 512
"""How many characters of the header `User-Agent` are examined."""

_IPV4_PREFIX_BITS, _IPV6_PREFIX_BITS = 24, 48
"""A network of about the size of an office or a provider's district."""

_BROWSERS: Final = (
    # Those that also call themselves Chrome or Safari come first.
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "Opera/")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("Safari", ("Safari/",)),
    ("curl", ("curl/",)),
    ("Python", ("python-", "Python/", "aiohttp/")),
    ("Node.js", ("node", "undici")),
)
_SYSTEMS: Final = (
    ("iOS", ("iPhone", "iPad", "iPod")),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    ("ChromeOS", ("CrOS",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def network_of(address: str | None) -> str | None:
    """Returns the network of an address, `203.0.113.0/24` or `2001:db8:7::/48`; None if it isn't an IP address."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    bits = _IPV4_PREFIX_BITS if isinstance(ip, IPv4Address) else _IPV6_PREFIX_BITS
    return str(ip_network((ip.packed, bits), strict=False))


def browser_and_system(user_agent: str) -> str | None:
    """Returns the browser and the operating system in a header `User-Agent`, `Firefox on Windows`; only one of them if
    the other is unknown, and None if both are."""
    text = user_agent[:MAX_USER_AGENT]
    names = [_first_name(_BROWSERS, text), _first_name(_SYSTEMS, text)]
    return " on ".join(name for name in names if name) or None


def _first_name(names: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> str | None:
    return next((name for name, marks in names if any(mark in text for mark in marks)), None)
