"""The context of a mutation: database, policy, keys, lifetimes, rate limits and queue of the process that runs it."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from authz.policy import Policy
from authz.recording import DecisionListener
from resolvers.fair_queue import FairQueue
from resolvers.lru_cache import LRUCache
from resolvers.openid.relying_party import RelyingParty, StaffProvider
from resolvers.rate_limits.hashing_queue import HashingQueue
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.policy_statements import PolicyStatements


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions, mailed links and stored idempotent responses are valid. A session ends after `session`, or
    earlier when it has been unused for `idle`. A `ticket` is the time between a password and the second factor; `proof`
    is how long ago a user may have proved who they are if a mutation asks for that."""

    session: timedelta = timedelta(hours=24)
    idle: timedelta = timedelta(hours=2)
    activation: timedelta = timedelta(days=7)
    password_reset: timedelta = timedelta(hours=1)
    idempotency: timedelta = timedelta(days=1)
    ticket: timedelta = timedelta(minutes=10)
    proof: timedelta = timedelta(minutes=10)


FOUND_USERS, FOUND_VALUES = 1_000, 200_000
"""The maximum number of rows of `MutationContext.found_users`, and of the values that they hold together."""


def _found_users() -> LRUCache[Hashable, Any]:
    return LRUCache(FOUND_USERS, FOUND_VALUES)


class Replication(Protocol):
    """The read replicas of the database."""

    async def catch_up(self) -> None:
        """Returns when every read that begins now sees what was committed before, wherever it is read."""


@dataclass(frozen=True, slots=True)
class MutationContext:
    """What a mutation needs from the process that runs it.

    `secret_key` is the key from which one-time tokens are derived; the mail worker must have the same one.
    `mail_domain` is the right side of Message-IDs, and `origin` that of the site that passkeys are for.
    `decision_listener` is notified of the policy decisions that a unit of work made. `statements` are those that
    contain conditions of a policy. `places` shares the connections of `engine` between callers; None if there are
    enough for all who use it. `found_users` are the rows of users that were previewed last, by caller. `replication`
    is set if there are read replicas: a mutation ends when they have what it changed. `allows_loopback`: URLs that
    users enter may lead to this machine, for development. `staff_second_factor`: staff need a second factor.
    `relying_party` is what sign-ins at providers need; None where nobody signs in. When the policy is reloaded, a new
    value replaces this one.
    """

    engine: AsyncEngine
    policy: Policy
    secret_key: bytes
    mail_domain: str = "portico.invalid"
    origin: str = "http://localhost"
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    limits: RateLimiter = field(default_factory=RateLimiter)
    hashing: HashingQueue = field(default_factory=HashingQueue, compare=False)
    decision_listener: DecisionListener = field(default_factory=DecisionListener, compare=False)
    statements: PolicyStatements = field(default_factory=PolicyStatements, compare=False)
    places: FairQueue | None = field(default=None, compare=False)
    found_users: LRUCache[Hashable, Any] = field(default_factory=_found_users, compare=False)
    replication: Replication | None = field(default=None, compare=False)
    allows_loopback: bool = False
    staff_second_factor: bool = False
    relying_party: RelyingParty | None = field(default=None, compare=False)

    @property
    def staff_provider(self) -> StaffProvider | None:
        """The provider of staff; None if there is none."""
        return self.relying_party.staff if self.relying_party is not None else None
