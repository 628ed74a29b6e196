"""Resolves a name to its addresses, with a time limit."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.resolver

from app.egress.public_addresses import IpAddress

RESOLVE_SECONDS: Final = 4.0
"""How long resolving a name may take."""

MOST_ADDRESSES: Final = 64
"""How many addresses of a name are looked at. A name with more has none that can be used."""

_TYPES: Final = ("A", "AAAA")


class Resolver:
    """Asks the name servers of the machine (`/etc/resolv.conf`), or those that `create` configures. It doesn't read
    `/etc/hosts`, whose names are internal. Nothing is cached: a name is resolved once for each request."""

    def __init__(self, create: Callable[[], dns.asyncresolver.Resolver] = dns.asyncresolver.Resolver) -> None:
        self._create = create

    async def addresses(self, name: str) -> list[IpAddress]:
        """The addresses of a name, IPv4 before IPv6; none if it has none, or has too many, or can't be resolved in
        time."""
        try:
            resolver = self._create()
        except (dns.exception.DNSException, OSError):
            return []
        answers = await asyncio.gather(*(_query(resolver, name, kind) for kind in _TYPES))
        found = [ip_address(address) for answer in answers for address in answer]
        return found if len(found) <= MOST_ADDRESSES else []


async def _query(resolver: dns.asyncresolver.Resolver, name: str, kind: str) -> list[str]:
    try:
        # The final dot makes the name absolute: no search domain of the machine is appended.
        answer = await resolver.resolve(f"{name}.", kind, lifetime=RESOLVE_SECONDS)
    except (dns.exception.DNSException, OSError):
        return []
    return [record.to_text() for record in answer]
