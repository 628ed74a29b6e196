"""Leases on token buckets: what this process may spend of each caller's bucket without querying the database.

    await leases.charge("user:0190…", 42)        # reserves; raises InsufficientBudget if the bucket holds less
    leases.settle("user:0190…", 30)              # gives back the 30 that were not used

A lease is valid for a few seconds; then its rest is returned, so that another process can use it. A debt, and what an
operation gives back beyond what a lease usually holds, is written to the bucket at once. The number of leases is
limited; the rest of an evicted lease is not returned, and its bucket refills a little later.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil

from resolvers.callers.caller import Caller
from resolvers.cost_limits.buckets import Rate, Withdrawal, delete_full, give_back, take
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.backoff import Clock
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

LEASES_PER_KIND = 20_000
"""The maximum number of leases for each kind of caller."""

LEASE_SECONDS = 10.0
"""How long a lease is valid."""

log = logging.getLogger("portico.costs")


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A caller's budget: the `balance` of their bucket, as far as this process knows. It is negative if operations used
    more than they had reserved."""

    balance: float
    rate: Rate

    @property
    def remaining(self) -> int:
        """The number of nodes that can be reserved now."""
        return max(int(self.balance), 0)

    @property
    def reset(self) -> int:
        """Seconds until the bucket is full."""
        return ceil((self.rate.capacity - int(self.balance)) / self.rate.refill)


class InsufficientBudget(Exception):
    """The bucket holds less than the operation reserves, `needed` nodes; nothing was taken. It will suffice in
    `retry_after` seconds."""

    def __init__(self, needed: int, status: BudgetStatus, retry_after: int) -> None:
        self.needed, self.status, self.retry_after = needed, status, retry_after
        super().__init__(f"{needed} nodes needed, {status.remaining} remaining")


@dataclass(slots=True)
class _Lease:
    """`unspent` nodes may be spent until `until`; a negative number is owed to the bucket. The bucket's `balance` was
    read at `read_at`, and is `current` unless it has not been read, or is being read. `renewal` is the last renewal,
    and `writing` the last time that nodes were moved to the bucket, if any."""

    bucket_key: str
    unspent: int = 0
    until: float = 0.0
    balance: float = 0.0
    current: bool = False
    read_at: float = 0.0
    renewal: "asyncio.Task[None] | None" = field(default=None, repr=False)
    writing: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def is_renewing(self) -> bool:
        """Whether a renewal runs."""
        return self.renewal is not None and not self.renewal.done()

    @property
    def is_idle(self) -> bool:
        """Whether no statement about the lease runs."""
        return not self.is_renewing and (self.writing is None or self.writing.done())


class Leases:
    """The leases of one process. `clock` returns seconds from an arbitrary start. After an error of the database for
    which `goes_on` is true, this process counts alone."""

    def __init__(
        self,
        context: MutationContext,
        rate: Rate,
        clock: Clock = time.monotonic,
        *,
        goes_on: Callable[[BaseException], bool] = lambda error: False,
    ) -> None:
        self.rate = rate
        self._context = context
        self._clock = clock
        self._goes_on = goes_on
        # One cache per kind of caller, so that a flood of addresses evicts no user.
        self._leases: defaultdict[str, LRUCache[str, _Lease]] = defaultdict(
            lambda: LRUCache(LEASES_PER_KIND, LEASES_PER_KIND)
        )

    async def charge(self, bucket_key: str, cost: int, paid: int = 0) -> BudgetStatus:
        """Take `cost` nodes, less the nodes `paid` before, from the bucket `bucket_key`, which begins with the kind of
        the caller and a colon. Raises InsufficientBudget, and database errors if the lease must be renewed."""
        lease = self._lease(bucket_key)
        need = max(cost - paid, 0)
        if lease.unspent < need or lease.until <= self._clock():
            await self._ensure(lease, need, cost)
        lease.unspent -= need
        return self._status(lease)

    def settle(self, bucket_key: str, unused: int) -> BudgetStatus:
        """Give back the `unused` nodes of a charge; a negative number is what was used beyond it."""
        lease = self._lease(bucket_key)
        lease.unspent += unused
        self._write_back(lease)
        return self._status(lease)

    def _lease(self, bucket_key: str) -> _Lease:
        leases = self._leases[bucket_key.partition(":")[0]]
        lease = leases.get(bucket_key)
        if lease is None:
            lease = _Lease(bucket_key)
            leases.put(bucket_key, lease, 1)
        return lease

    def _status(self, lease: _Lease) -> BudgetStatus:
        return BudgetStatus(self._remaining(lease), self.rate)

    async def _ensure(self, lease: _Lease, need: int, cost: int) -> None:
        """Wait until the lease covers what an operation of this cost still needs. Operations that wait for the same
        lease share one statement."""
        while lease.unspent < need or lease.until <= self._clock():
            remaining = self._remaining(lease)
            if lease.current and remaining < need:
                retry_after = max(1, ceil((cost - remaining) / self.rate.refill))
                raise InsufficientBudget(cost, self._status(lease), retry_after)
            # To await a renewal that is done would return at once, and this loop would never let other tasks run.
            if not lease.is_renewing:
                lease.renewal = asyncio.create_task(self._renew(lease, need))
                lease.renewal.add_done_callback(_log_failure)
            assert lease.renewal is not None
            # A client that disconnects must not cancel the renewal for the others.
            await asyncio.shield(lease.renewal)

    async def _renew(self, lease: _Lease, cost: int) -> None:
        if lease.writing is not None and not lease.writing.done():
            # Otherwise the balance could be read before the nodes are there.
            await asyncio.wait([lease.writing])
        returned, lease.unspent, lease.current = lease.unspent, 0, False
        lease.balance += returned
        try:
            withdrawal = await self._take(lease.bucket_key, cost, returned)
        except BaseException as error:
            # It is unknown whether the nodes arrived. They are not given back twice, but a debt stays.
            lease.unspent += min(returned, 0)
            lease.balance -= min(returned, 0)
            if not self._goes_on(error):
                raise
            withdrawal = self._take_alone(lease, cost)
        # Operations may have been settled in the meantime.
        lease.unspent += withdrawal.nodes
        lease.balance, lease.read_at, lease.current = withdrawal.balance, self._clock(), True
        lease.until = lease.read_at + LEASE_SECONDS

    def _take_alone(self, lease: _Lease, need: int) -> Withdrawal:
        """What the bucket yields as far as this process knows. A bucket that it hasn't seen is taken to be full."""
        known = lease.read_at > 0
        refilled = lease.balance + self.rate.refill * (self._clock() - lease.read_at)
        available = min(refilled, self.rate.capacity) if known else self.rate.capacity
        nodes = need - min(lease.unspent, 0)
        taken = nodes if nodes <= available else 0
        return Withdrawal(taken, available - taken)

    def _write_back(self, lease: _Lease) -> None:
        """Move a debt, or what is far beyond the usual size of a lease, to the bucket, in the background."""
        if not lease.is_idle or 0 <= lease.unspent <= 2 * self.rate.slice:
            return
        nodes = lease.unspent if lease.unspent < 0 else lease.unspent - self.rate.slice
        lease.unspent -= nodes
        lease.balance += nodes

        def on_done(writing: "asyncio.Task[None]") -> None:
            _log_failure(writing)
            if not writing.cancelled() and writing.exception() is None:
                # Others may have been settled in the meantime.
                self._write_back(lease)

        lease.writing = asyncio.create_task(self._give_back({lease.bucket_key: nodes}))
        lease.writing.add_done_callback(on_done)

    async def _give_back(self, leases: Mapping[str, int]) -> None:
        """Return nodes to their buckets. If that fails, only debts are remembered; the others refill over time."""
        try:
            await run_in_transaction(self._context, Caller(), lambda work: give_back(work, self.rate, leases))
        except Exception:
            for bucket_key, nodes in leases.items():
                self._lease(bucket_key).unspent += min(nodes, 0)
            raise

    async def _take(self, bucket_key: str, need: int, returned: int) -> Withdrawal:
        return await run_in_transaction(
            self._context, Caller(), lambda work: take(work, bucket_key, self.rate, need, returned)
        )

    def _remaining(self, lease: _Lease) -> float:
        """What the caller can still spend, as far as this process knows: negative after a debt."""
        refilled = lease.balance + self.rate.refill * (self._clock() - lease.read_at)
        return max(min(lease.unspent + refilled, self.rate.capacity), -self.rate.capacity)

    async def tidy(self, *, everything: bool = False) -> None:
        """Return the rest of expired leases, or of all leases, and delete full buckets."""
        expired, writing = {}, []
        for leases in self._leases.values():
            for lease in leases.values():
                if lease.writing is not None and not lease.writing.done():
                    writing.append(lease.writing)
                if not lease.is_renewing and (everything or lease.until <= self._clock()):
                    leases.remove(lease.bucket_key)
                    expired[lease.bucket_key] = lease.unspent
                    lease.unspent = 0
        if writing:
            await asyncio.wait(writing)
        if expired:
            await self._give_back(expired)
        await run_in_transaction(self._context, Caller(), lambda work: delete_full(work, self.rate))


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.debug("A lease could not be renewed or returned.")


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
