"""Throttles password attempts, by email and by address.

Failed attempts are counted in three ways, each with exponential backoff; successful sign-ins are remembered:

- for one email from one address: stops guessing, and nobody else can add to this count;
- for one address: stops guessing across many emails. An email that has signed in from the address is exempt;
- for one email from all addresses: stops guessing from many addresses. It only lengthens the waits of addresses that
  have failed with this email themselves and never signed in with it, and each waits from its own last failure.

Failed attempts on another user's email therefore only block the address that made them. The email is counted as it was
typed, whether or not a user has it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from resolvers.errors import MutationRejected
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.backoff import BackoffPolicy, Clock, FailureCounter, FailureTally

ENTRIES = 20_000
"""The maximum number of keys per count: 25 MB in total."""

IPV6_PREFIX_BITS = 64
"""The prefix length that a provider assigns to one customer (RFC 6177): all addresses within it count as one."""


@dataclass(frozen=True, slots=True)
class SignInBackoff:
    """The backoff of each count."""

    email_and_address: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=5, decay_interval=900))
    address: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=50, decay_interval=60))
    email: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(free_attempts=300, decay_interval=60))


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """An attempt to sign in. `known` tells whether the email has signed in from the address before."""

    known: bool


class SignInThrottle:
    """The counts of one process, and which emails have signed in from which address."""

    def __init__(self, backoff: SignInBackoff, clock: Clock, entries: int = ENTRIES) -> None:
        self._here = FailureCounter(backoff.email_and_address, clock, entries)
        self._address = FailureCounter(backoff.address, clock, entries)
        self._email = FailureCounter(backoff.email, clock, entries)
        self._signed_in: LRUCache[tuple[str, str], bool] = LRUCache(entries, entries)

    def put(
        self,
        email: str,
        source: str,
        here: FailureTally | None,
        address: FailureTally | None,
        everywhere: FailureTally | None,
        *,
        known: bool,
    ) -> None:
        """Set the three counts of an email and a source, and whether it has signed in from there."""
        self._here.put((email, source), here)
        self._address.put((source,), address)
        self._email.put((email,), everywhere)
        if known:
            self._signed_in.put((email, source), True, 1)

    def remaining(self, email: str, source: str) -> float:
        """The seconds until this email may be attempted from this source; 0 if it may be now."""
        here = (email, source)
        if self._signed_in.get(here):
            return self._here.remaining(here)
        return max(self._here.remaining(here, at_least=self._email.wait((email,))), self._address.remaining((source,)))

    def has_signed_in(self, email: str, source: str) -> bool:
        """Whether this email has signed in from this source before."""
        return bool(self._signed_in.get((email, source)))

    @contextmanager
    def attempt(self, email: str, source: str) -> Iterator[None]:
        """Run the block as an attempt. It failed if it raises `MutationRejected`, and succeeded if it ends normally; it
        does not count if it raises anything else. While it runs it counts as failed, so that concurrent attempts
        can't exceed the limit."""
        here = (email, source)
        reverts = [self._here.add(here), self._address.add((source,)), self._email.add((email,))]
        try:
            yield
        except MutationRejected:
            raise
        except BaseException:
            _call_all(reverts)
            raise
        _call_all(reverts)
        self._here.clear(here)
        self._signed_in.put(here, True, 1)


def source_of(address: str | None) -> str:
    """Returns what counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((ip.packed, IPV6_PREFIX_BITS), strict=False))


def _call_all(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()
