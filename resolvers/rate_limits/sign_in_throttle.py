"""Who may try a password now, for which email and from which address.

Three counts of failed tries, each with waits that grow, and a memory of who got in:

- of one email from one address: this stops guessing, and nobody else can add to it;
- of one address: this stops guessing through many emails. An email that has signed in from there is not held back;
- of one email from everywhere, for who guesses from many addresses. It only makes the waits longer of addresses that
  have failed with this email themselves and never signed in with it, and each waits from its own last failure on.

So whoever fails in the name of another locks out themselves alone. What is counted is the email as it was typed,
whether there is a user with it or not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from resolvers.errors import MutationRejected
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.backoff import BackoffPolicy, Clock, FailureCounter

ENTRIES = 20_000
"""Keys of each count, at most: 25 MB in all."""

NETWORK = 64
"""Bits of an IPv6 address that one customer of a provider has for themselves (RFC 6177): below that, all are one."""


@dataclass(frozen=True, slots=True)
class SignInBackoff:
    """The waits of each count."""

    email_and_address: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=5, decay_interval=900))
    address: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=50, decay_interval=60))
    email: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=300, decay_interval=60))


class SignInThrottle:
    """The counts of one process, and the emails that signed in from an address."""

    def __init__(self, waits: SignInBackoff, clock: Clock, entries: int = ENTRIES) -> None:
        self._here = FailureCounter(waits.email_and_address, clock, entries)
        self._address = FailureCounter(waits.address, clock, entries)
        self._email = FailureCounter(waits.email, clock, entries)
        self._known: LRUCache[tuple[str, str], bool] = LRUCache(entries, entries)

    def left(self, email: str, source: str) -> float:
        """The seconds until this email may be tried from this source; 0 for now."""
        here = (email, source)
        if self._known.get(here):
            return self._here.left(here)
        return max(self._here.left(here, at_least=self._email.wait((email,))), self._address.left((source,)))

    @contextmanager
    def one(self, email: str, source: str) -> Iterator[None]:
        """A try, which the block is: failed if it ends with `MutationRejected`, done if it ends well, and none at
        all if
        something else went wrong. It counts as failed while it runs, so that many at once don't slip through."""
        here = (email, source)
        take_back = [self._here.add(here), self._address.add((source,)), self._email.add((email,))]
        try:
            yield
        except MutationRejected:
            raise
        except BaseException:
            _all(take_back)
            raise
        _all(take_back)
        self._here.clear(here)
        self._known.put(here, True, 1)


def source_of(address: str | None) -> str:
    """What counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((ip.packed, NETWORK), strict=False))


def _all(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()
