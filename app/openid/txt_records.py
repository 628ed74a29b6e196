"""Looks up TXT records in the DNS."""

from collections.abc import Callable, Sequence
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.resolver

SECONDS: Final = 5.0
"""How long a look-up may take."""

MOST_RECORDS: Final = 100
"""How many records of a name are looked at."""


class TxtRecords:
    """Asks the name servers of the machine, or those that `create` configures."""

    def __init__(self, create: Callable[[], dns.asyncresolver.Resolver] = dns.asyncresolver.Resolver) -> None:
        self._create = create

    async def records(self, name: str) -> Sequence[str] | None:
        """As `TxtResolver.records`."""
        try:
            # The final dot makes the name absolute: no search domain of the machine is appended.
            answer = await self._create().resolve(f"{name}.", "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in list(answer)[:MOST_RECORDS]]
