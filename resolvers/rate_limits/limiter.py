"""How often something may be tried: counted in this process's memory, which a flood of tries can't fill.

Sign-ins have waits that grow (`resolvers/rate_limits/sign_in_throttle.py`); all else is so many in a time, by the
library `limits`. A
count is taken before the work, so that many at once can't slip through, and given back where the try turned out to be
none that should count, such as a user who was created.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.backoff import Clock
from resolvers.rate_limits.sign_in_throttle import SignInBackoff, SignInThrottle, source_of

ENTRIES = 20_000
"""Counts of one kind, at most."""

Count = tuple[RateLimitItem, tuple[str, ...]]
"""A limit, and whose count it is: of what kind, then who."""


@dataclass(frozen=True)
class Rates:
    """The limits, each as an amount in a number of minutes or hours.

    Requests for a password reset, each of which may send a mail and ends the link of the one before, are limited for
    one email from one address, for one address, and, far higher, for one email from everywhere. Refused creations of
    users are limited for one admin; so are the emails to which no user comes when they invite (`invite_users`), and,
    for one user, whatever the rules of access refuse: each refusal leaves an event in the audit trail. Access reviews,
    each of which may write some hundred thousand rows, are limited for one organization.
    """

    email_availability: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60, 1))
    refusals: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(300, 5))
    create_user: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(60, 1))
    invite_users: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(3000, 1))
    create_access_review: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(10, 1))
    password_reset_email_and_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(5, 1))
    password_reset_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(60, 1))
    password_reset_email: RateLimitItem = field(default_factory=lambda: RateLimitItemPerHour(20, 1))
    client_and_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(20, 1))
    client_address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(200, 1))
    access_tokens: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(600, 5))


@dataclass
class AvailabilityAnswers:
    """Of how many `emails` somebody was told whether they are free, without a user being made."""

    emails: int = 0


class RateLimited(MutationRejected):
    """Refused (RATE_LIMITED) for the next so many `seconds`."""

    def __init__(self, seconds: float, path: tuple[str, ...] = ()) -> None:
        self.seconds = max(1, ceil(seconds))
        message = f"Too many tries. Try again in {_span(self.seconds)}."
        super().__init__(Problem(ErrorCode.RATE_LIMITED, message, path, self.seconds))


class BoundedMemory(MemoryStorage):
    """The library's counts in memory, and at most `ENTRIES` of them: the oldest makes place."""

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; see the library."""
        count = super().incr(key, expiry, amount)
        # The library's own thread drops what has expired, and may be quicker: then there is nothing to drop any more.
        for oldest in list(islice(self.storage, max(0, len(self.storage) - ENTRIES))):
            self.clear(oldest)
        return count


class RateLimiter:
    """The counts of one process. `clock` gives seconds from some moment on."""

    def __init__(
        self, rates: Rates | None = None, waits: SignInBackoff | None = None, clock: Clock = time.monotonic
    ) -> None:
        self.rates = rates or Rates()
        self._sign_ins = SignInThrottle(waits or SignInBackoff(), clock)
        # Each kind of count has its own, so that a flood of one drops none of another.
        self._storages: defaultdict[str, BoundedMemory] = defaultdict(BoundedMemory)

    @contextmanager
    def sign_in(self, email: str, address: str | None) -> Iterator[None]:
        """Count a try to sign in, which the block is, if it ends with `MutationRejected`. Raises `MutationRejected`
        (RATE_LIMITED) before
        the block where one has to wait, in the same way whether there is a user with this email or not."""
        source = source_of(address)
        left = self._sign_ins.left(email, source)
        if left > 0:
            raise RateLimited(left)
        with self._sign_ins.one(email, source):
            yield

    @contextmanager
    def create_user(self, user_id: UUID, *path: str) -> Iterator[None]:
        """Count a try of an admin to create a user, which the block is, if it ends with `MutationRejected`: like
        `emailAvailability`, a refusal tells whether an email is taken. Raises `MutationRejected` (RATE_LIMITED)
        before the block
        where there were too many; `path` is where the email stands, if not in `input.email`."""
        count = self.rates.create_user, ("create user", str(user_id))
        with self._if_refused(count, path=path or ("input", "email")):
            yield

    @contextmanager
    def invite_users(self, user_id: UUID, emails: int) -> Iterator[AvailabilityAnswers]:
        """Count each of the emails that an admin invites, unless a user comes to be: whoever is refused, or only asks
        what would happen, is told of each whether it is taken. The block says how many they are, in what it is given.
        Raises `MutationRejected` (RATE_LIMITED) before the block where all of them together would be too many."""
        count = (self.rates.invite_users, ("invite users", str(user_id)))
        self._take(count, path=("input", "emails"), cost=emails)
        told = AvailabilityAnswers()
        try:
            yield told
        finally:
            self._give_back([count], emails - told.emails)

    @contextmanager
    def _if_refused(self, *counts: Count, path: tuple[str, ...] = ()) -> Iterator[None]:
        taken = self._take(*counts, path=path)
        refused = False
        try:
            yield
        except MutationRejected:
            refused = True
            raise
        finally:
            if not refused:
                self._give_back(taken)

    def expect_client(self, client_id: UUID | None, address: str | None) -> None:
        """See whether somebody at the address may show which API client they are; None stands for all ids that can be
        no client's. Counts nothing: many programs of a client may start at once. Raises `MutationRejected`
        (RATE_LIMITED)."""
        for item, who in self._of_client(client_id, address):
            limiter = FixedWindowRateLimiter(self._storages[who[0]])
            if not limiter.test(item, *who):
                raise RateLimited(limiter.get_window_stats(item, *who).reset_time - time.time())

    def refuse_client(self, client_id: UUID | None, address: str | None) -> None:
        """Count one who did not show a right secret. Raises `MutationRejected` (RATE_LIMITED)."""
        self._take(*self._of_client(client_id, address))

    def _of_client(self, client_id: UUID | None, address: str | None) -> Sequence[Count]:
        source = source_of(address)
        return (
            (self.rates.client_address, ("client address", source)),
            (self.rates.client_and_address, ("client and address", str(client_id), source)),
        )

    def issue_access_token(self, client_id: UUID) -> None:
        """Count one access token of an API client. Raises `MutationRejected` (RATE_LIMITED)."""
        self._take((self.rates.access_tokens, ("access token", str(client_id))))

    def ask_email_availability(self, user_id: UUID, path: tuple[str, ...] = ()) -> None:
        """Count one question of an admin whether an email is free; `path` is its place. Raises `MutationRejected`."""
        self._take((self.rates.email_availability, ("email availability", str(user_id))), path=path)

    def refuse(self, user_id: UUID) -> None:
        """Count one refusal by the rules of access. Raises `MutationRejected` (RATE_LIMITED) where there were too
        many."""
        self._take((self.rates.refusals, ("refusal", str(user_id))))

    def create_access_review(self, organization_id: UUID) -> None:
        """Count one access review of an organization, whoever makes it. Raises `MutationRejected` (RATE_LIMITED)."""
        self._take(
            (self.rates.create_access_review, ("access review", str(organization_id))), path=("input", "organization")
        )

    def request_password_reset(self, email: str, address: str | None) -> None:
        """Count one request for a password reset, whether there is a user with this email or not. Raises
        `MutationRejected`."""
        source = source_of(address)
        self._take(
            # The address first: one that has to wait must not leave a count of each email that it goes on with.
            (self.rates.password_reset_address, ("password reset address", source)),
            (self.rates.password_reset_email_and_address, ("password reset email and address", email, source)),
            (self.rates.password_reset_email, ("password reset email", email)),
        )

    def _give_back(self, counts: Sequence[Count], cost: int = 1) -> None:
        for item, who in counts:
            self._storages[who[0]].decr(item.key_for(*who), cost)

    def _take(self, *counts: Count, path: tuple[str, ...] = (), cost: int = 1) -> Sequence[Count]:
        taken: list[Count] = []
        for item, who in counts:
            limiter = FixedWindowRateLimiter(self._storages[who[0]])
            taken.append((item, who))
            if not limiter.hit(item, *who, cost=cost):
                self._give_back(taken, cost)
                raise RateLimited(limiter.get_window_stats(item, *who).reset_time - time.time(), path)
        return taken


def _span(seconds: int) -> str:
    if seconds < 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
