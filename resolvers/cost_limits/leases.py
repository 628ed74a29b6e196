"""Leases on token buckets: what this process may spend of each caller's bucket without querying the database.

    status = await leases.charge("user:0190…", cost=42)        # raises InsufficientBudget if the bucket holds less

A lease is valid for a few seconds; then its rest is returned, so that another process can use it. The number of leases
is limited; the rest of an evicted lease is not returned, and its bucket refills a little later.
"""

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil

from resolvers.callers.caller import Caller
from resolvers.cost_limits.buckets import Rate, Withdrawal, delete_full, give_back, take
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.backoff import Clock
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

LEASES_PER_KIND = 20_000
"""The maximum number of leases for each kind of caller."""

LEASE_SECONDS = 10.0
"""How long a lease is valid."""

log = logging.getLogger("portico.costs")


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A caller's budget after an operation that cost `requested` nodes: `remaining` is the balance of their bucket, as
    far as this process knows."""

    requested: int
    remaining: int
    rate: Rate

    @property
    def reset(self) -> int:
        """Seconds until the bucket is full."""
        return ceil((self.rate.capacity - self.remaining) / self.rate.refill)


class InsufficientBudget(Exception):
    """The bucket holds less than the operation costs; nothing was taken. It will suffice in `retry_after` seconds."""

    def __init__(self, status: BudgetStatus, retry_after: int) -> None:
        self.status, self.retry_after = status, retry_after
        super().__init__(f"{status.requested} nodes requested, {status.remaining} remaining")


@dataclass(slots=True)
class _Lease:
    """`unspent` nodes may be spent until `until`. The bucket's `balance` was read at `read_at`; it is None before the
    first read. `renewal` is the last renewal, if any."""

    bucket_key: str
    unspent: int = 0
    until: float = 0.0
    balance: float | None = None
    read_at: float = 0.0
    renewal: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def is_renewing(self) -> bool:
        """Whether a renewal runs."""
        return self.renewal is not None and not self.renewal.done()


class Leases:
    """The leases of one process. `clock` returns seconds from an arbitrary start."""

    def __init__(self, context: MutationContext, rate: Rate, clock: Clock = time.monotonic) -> None:
        self.rate = rate
        self._context = context
        self._clock = clock
        # One cache per kind of caller, so that a flood of addresses evicts no user.
        self._leases: defaultdict[str, LRUCache[str, _Lease]] = defaultdict(
            lambda: LRUCache(LEASES_PER_KIND, LEASES_PER_KIND)
        )

    async def charge(self, bucket_key: str, cost: int, paid: int = 0) -> BudgetStatus:
        """Take `cost` nodes, less the nodes `paid` before, from the bucket `bucket_key`, which begins with the kind of
        the caller and a colon. Raises InsufficientBudget, and database errors if the lease must be renewed."""
        leases = self._leases[bucket_key.partition(":")[0]]
        lease = leases.get(bucket_key)
        if lease is None:
            lease = _Lease(bucket_key)
            leases.put(bucket_key, lease, 1)
        need = max(cost - paid, 0)
        if lease.unspent < need or lease.until <= self._clock():
            await self._ensure(lease, need, cost)
        lease.unspent -= need
        return BudgetStatus(cost, int(self._remaining(lease)), self.rate)

    async def _ensure(self, lease: _Lease, need: int, cost: int) -> None:
        """Wait until the lease covers what an operation of this cost still needs. Operations that wait for the same
        lease share one statement."""
        while lease.unspent < need or lease.until <= self._clock():
            remaining = self._remaining(lease)
            if lease.balance is not None and remaining < need:
                retry_after = max(1, ceil((cost - remaining) / self.rate.refill))
                raise InsufficientBudget(BudgetStatus(cost, int(remaining), self.rate), retry_after)
            # To await a renewal that is done would return at once, and this loop would never let other tasks run.
            if not lease.is_renewing:
                lease.renewal = asyncio.create_task(self._renew(lease, need))
                lease.renewal.add_done_callback(_log_failure)
            assert lease.renewal is not None
            # A client that disconnects must not cancel the renewal for the others.
            await asyncio.shield(lease.renewal)

    async def _renew(self, lease: _Lease, cost: int) -> None:
        returned, lease.unspent, lease.balance = lease.unspent, 0, None
        withdrawal = await self._take(lease.bucket_key, cost, returned)
        lease.unspent, lease.balance, lease.read_at = withdrawal.nodes, withdrawal.balance, self._clock()
        lease.until = lease.read_at + LEASE_SECONDS

    async def _take(self, bucket_key: str, need: int, returned: int) -> Withdrawal:
        return await run_in_transaction(
            self._context, Caller(), lambda work: take(work, bucket_key, self.rate, need, returned)
        )

    def _remaining(self, lease: _Lease) -> float:
        """What the caller can still spend, as far as this process knows."""
        refilled = (lease.balance or 0) + self.rate.refill * (self._clock() - lease.read_at)
        return min(lease.unspent + refilled, self.rate.capacity)

    async def tidy(self, *, everything: bool = False) -> None:
        """Return the rest of expired leases, or of all leases, and delete full buckets."""
        expired = {}
        for leases in self._leases.values():
            for lease in leases.values():
                if not lease.is_renewing and (everything or lease.until <= self._clock()):
                    leases.remove(lease.bucket_key)
                    expired[lease.bucket_key] = lease.unspent
                    lease.unspent = 0

        async def return_expired(work: UnitOfWork) -> None:
            if expired:
                await give_back(work, self.rate, expired)

        await run_in_transaction(self._context, Caller(), return_expired)
        await run_in_transaction(self._context, Caller(), lambda work: delete_full(work, self.rate))


def _log_failure(renewal: "asyncio.Task[None]") -> None:
    if not renewal.cancelled() and renewal.exception() is not None:
        log.debug("A lease could not be renewed.")


async def run_maintenance(leases: Leases, interval: float = LEASE_SECONDS) -> None:
    """Tidy up every `interval` seconds; when cancelled, return all leases."""
    try:
        while True:
            await asyncio.sleep(interval)
            await _try_tidy(leases)
    finally:
        await _try_tidy(leases, everything=True)


async def _try_tidy(leases: Leases, *, everything: bool = False) -> None:
    try:
        await leases.tidy(everything=everything)
    except Exception as error:  # noqa: BLE001
        # Nodes that are not returned are refilled over time.
        log.warning("Could not tidy the cost buckets (%s).", type(error).__name__)
