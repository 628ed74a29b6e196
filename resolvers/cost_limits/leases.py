"""What this process may spend of each caller's bucket without asking the database again.

    standing = await leases.charge("user:0190…", cost=42)        # raises Short where the bucket holds less

A lease is good for a few seconds; then what is left of it goes back, so that another process can have it. Leases are
bounded in number; of one that had to make place nothing goes back, and the bucket refills a little later.
"""

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil

from resolvers.callers.caller import Caller
from resolvers.cost_limits.buckets import Rate, Withdrawal, forget_full, give_back, take
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.backoff import Clock
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction

ENTRIES = 20_000
"""Leases of one kind of holder, at most."""

SECONDS = 10.0
"""How long a lease is good."""

log = logging.getLogger("portico.costs")


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """How a caller stands after an operation that cost `requested` nodes: what `remaining` nodes their bucket has, as
    far as this process knows."""

    requested: int
    remaining: int
    rate: Rate

    @property
    def reset(self) -> int:
        """Seconds until the bucket is full."""
        return ceil((self.rate.capacity - self.remaining) / self.rate.refill)


class InsufficientBudget(Exception):
    """The bucket holds less than the operation costs; nothing was taken from it. In `seconds` it will hold enough."""

    def __init__(self, standing: BudgetStatus, seconds: int) -> None:
        self.standing, self.seconds = standing, seconds
        super().__init__(f"{standing.requested} nodes are asked for, and {standing.remaining} are left")


@dataclass(slots=True)
class _Lease:
    """`unspent` nodes may be spent until `until`. The bucket held so many more (`held`) at `looked_at`; None where
    nobody has looked yet. `renewal` is on its way."""

    holder: str
    unspent: int = 0
    until: float = 0.0
    held: float | None = None
    looked_at: float = 0.0
    renewal: "asyncio.Task[None] | None" = field(default=None, repr=False)


class Leases:
    """The leases of one process. `clock` gives seconds from some moment on."""

    def __init__(self, writing: MutationContext, rate: Rate, clock: Clock = time.monotonic) -> None:
        self.rate = rate
        self._writing = writing
        self._clock = clock
        # Each kind of holder has its own, so that a flood of addresses pushes no user out.
        self._leases: defaultdict[str, LRUCache[str, _Lease]] = defaultdict(lambda: LRUCache(ENTRIES, ENTRIES))

    async def charge(self, holder: str, cost: int) -> BudgetStatus:
        """Take `cost` nodes from the bucket of `holder`, whose kind stands before a colon. Raises Short, and what the
        database raises where it must be asked."""
        leases = self._leases[holder.partition(":")[0]]
        lease = leases.get(holder)
        if lease is None:
            lease = _Lease(holder)
            leases.put(holder, lease, 1)
        if lease.unspent < cost or lease.until <= self._clock():
            await self._renewed(lease, cost)
        lease.unspent -= cost
        return BudgetStatus(cost, int(self._left(lease)), self.rate)

    async def _renewed(self, lease: _Lease, cost: int) -> None:
        """Returns when the lease is good for that cost. All who wait for the same lease wait for one statement."""
        while lease.unspent < cost or lease.until <= self._clock():
            left = self._left(lease)
            if lease.held is not None and left < cost:
                seconds = max(1, ceil((cost - left) / self.rate.refill))
                raise InsufficientBudget(BudgetStatus(cost, int(left), self.rate), seconds)
            if lease.renewal is None:
                lease.renewal = asyncio.create_task(self._renew(lease, cost))
                lease.renewal.add_done_callback(lambda done: _ended(lease, done))
            # Who hangs up must not take the renewal from the others.
            await asyncio.shield(lease.renewal)

    async def _renew(self, lease: _Lease, cost: int) -> None:
        back, lease.unspent, lease.held = lease.unspent, 0, None
        taken = await self._perform_take(lease.holder, cost, back)
        lease.unspent, lease.held, lease.looked_at = taken.nodes, taken.held, self._clock()
        lease.until = lease.looked_at + SECONDS

    async def _perform_take(self, holder: str, need: int, back: int) -> Withdrawal:
        return await run_in_transaction(self._writing, Caller(), lambda work: take(work, holder, self.rate, need, back))

    def _left(self, lease: _Lease) -> float:
        """What the caller can still spend, as far as is known here."""
        refilled = (lease.held or 0) + self.rate.refill * (self._clock() - lease.looked_at)
        return min(lease.unspent + refilled, self.rate.capacity)

    async def tidy(self, *, everything: bool = False) -> None:
        """Give back what is left of the leases whose time is over, or of all, and forget the buckets that are full."""
        ended = {}
        for leases in self._leases.values():
            for lease in leases.values():
                if lease.renewal is None and (everything or lease.until <= self._clock()):
                    leases.drop(lease.holder)
                    ended[lease.holder] = lease.unspent
                    lease.unspent = 0

        async def settle(work: UnitOfWork) -> None:
            if ended:
                await give_back(work, self.rate, ended)

        await run_in_transaction(self._writing, Caller(), settle)
        await run_in_transaction(self._writing, Caller(), lambda work: forget_full(work, self.rate))


def _ended(lease: _Lease, renewal: "asyncio.Task[None]") -> None:
    lease.renewal = None
    if not renewal.cancelled() and renewal.exception() is not None:
        log.debug("A lease could not be renewed.")


async def run_maintenance(leases: Leases, every: float = SECONDS) -> None:
    """Tidies up every `every` seconds; when cancelled, gives everything back."""
    try:
        while True:
            await asyncio.sleep(every)
            await _tried(leases)
    finally:
        await _tried(leases, everything=True)


async def _tried(leases: Leases, *, everything: bool = False) -> None:
    try:
        await leases.tidy(everything=everything)
    except Exception as error:  # noqa: BLE001
        # What is not given back refills by itself.
        log.warning("Could not tidy the buckets of cost (%s).", type(error).__name__)
