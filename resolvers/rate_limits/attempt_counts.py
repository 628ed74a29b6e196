"""What counts attempts: the interface, and the counts in the memory of one process.

A server counts in the database (`resolvers/rate_limits/database_counts.py`), because all servers count together. A
command, which is the only process that its attempts concern, counts in its memory.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from resolvers.errors import Problem
from resolvers.rate_limits.backoff import Clock
from resolvers.rate_limits.counting import Attempt, Counts, RateLimited
from resolvers.rate_limits.sign_in_throttle import SignInAttempt, SignInBackoff, SignInThrottle


class AttemptCounts(Protocol):
    """Counts attempts in windows of time, and failed sign-ins with backoff. All methods raise database errors."""

    async def check(self, attempt: Attempt) -> None:
        """Raise `RateLimited` if the attempt would be one too many. Counts nothing."""

    async def take(self, attempts: Sequence[Attempt]) -> None:
        """Count all attempts. Raises `RateLimited` at the path of the first that is one too many, and counts none."""

    async def give_back(self, attempts: Sequence[Attempt]) -> None:
        """Uncount the attempts."""

    async def problems(self, attempts: Sequence[Attempt]) -> list[Problem | None]:
        """For each attempt, its problem (RATE_LIMITED) if it is one too many after those before it that aren't. Counts
        nothing."""

    def sign_in(self, email: str, source: str) -> AbstractAsyncContextManager[SignInAttempt]:
        """Run the block as an attempt to sign in with an email from a source. It failed if it raises
        `MutationRejected`, and succeeded if it ends normally; it does not count if it raises anything else. While it
        runs it counts as failed. Raises `RateLimited` before the block if the source must wait."""

    async def has_signed_in(self, email: str, source: str) -> bool:
        """Whether this email has signed in from this source before."""


class MemoryCounts:
    """The counts of one process, in memory that a flood of attempts can't fill."""

    def __init__(self, backoff: SignInBackoff, clock: Clock) -> None:
        self.counts = Counts()
        self.sign_ins = SignInThrottle(backoff, clock)

    async def check(self, attempt: Attempt) -> None:
        """As in `AttemptCounts`."""
        self.counts.check(*attempt.counts)

    async def take(self, attempts: Sequence[Attempt]) -> None:
        """As in `AttemptCounts`."""
        self.counts.take_all(attempts)

    async def give_back(self, attempts: Sequence[Attempt]) -> None:
        """As in `AttemptCounts`."""
        self.counts.give_back_all(attempts)

    async def problems(self, attempts: Sequence[Attempt]) -> list[Problem | None]:
        """As in `AttemptCounts`."""
        return self.counts.problems(attempts)

    @asynccontextmanager
    async def sign_in(self, email: str, source: str) -> AsyncIterator[SignInAttempt]:
        """As in `AttemptCounts`."""
        remaining = self.sign_ins.remaining(email, source)
        if remaining > 0:
            raise RateLimited(remaining)
        with self.sign_ins.attempt(email, source):
            yield SignInAttempt(self.sign_ins.has_signed_in(email, source))

    async def has_signed_in(self, email: str, source: str) -> bool:
        """As in `AttemptCounts`."""
        return self.sign_ins.has_signed_in(email, source)
