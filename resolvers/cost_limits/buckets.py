"""Token buckets in the database: how many nodes each caller may read, through any server process.

A bucket holds a number of nodes, and refills at a steady rate. An operation reserves nodes before it runs. Afterwards
it gives back what it did not use, or owes what it used beyond: the balance can be negative, down to minus the capacity.

A process doesn't update the bucket for each operation: it takes a *lease*, spends the lease in memory
(`resolvers/cost_limits/leases.py`), and returns the rest. All processes together never reserve more than the bucket
provides, and an operation needs no statement of its own.

The servers may have different rates, as while a new setting is rolled out. Each fills the bucket at its own rate, up to
its own capacity: together they never reserve more than the largest capacity and the fastest refill provide.

Times are those of the database. If transactions overtake each other, or the clock is set back, the bucket refills
later, never twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Float, Text, any_, bindparam, case, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models import CostBucket
from resolvers.transaction.unit_of_work import UnitOfWork

LEASE_DIVISOR = 4
"""A lease larger than the current need takes at most a quarter of the balance: other processes need some, too."""

RESERVATION_DIVISOR = 4
"""The largest operations reserve a quarter of the bucket, so a caller runs at most four of them at once."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The capacity of a bucket, in nodes, and how many nodes are refilled per second."""

    capacity: int
    refill: int

    @property
    def slice(self) -> int:
        """How many nodes a lease holds for later operations."""
        return self.capacity // 10

    @property
    def largest_reservation(self) -> int:
        """The maximum number of nodes that an operation reserves, however many it requests."""
        return max(self.capacity // RESERVATION_DIVISOR, 1)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The number of nodes taken from a bucket, 0 if it held less than needed, and its new balance, which may be
    fractional, and negative."""

    nodes: int
    balance: float


async def take(work: UnitOfWork, bucket_key: str, rate: Rate, need: int, returned: int) -> Withdrawal:
    """Return `returned` nodes to the bucket (a negative number is a debt), then take `need` and some for later, if the
    bucket holds `need`."""
    full = max(rate.capacity + min(returned, 0), -rate.capacity)
    first = max(need, min(need + rate.slice, full // LEASE_DIVISOR)) if need <= full else 0
    available = _balance(rate, returned)
    lease = func.greatest(need, func.least(need + rate.slice, func.floor(available / LEASE_DIVISOR)))
    taken = case((available >= need, lease), else_=0)
    new = insert(CostBucket).values(
        holder=bucket_key, balance=full - first, capacity=rate.capacity, leased=first, as_of=func.now()
    )
    statement = new.on_conflict_do_update(
        index_elements=[CostBucket.holder],
        set_={**_as_of_now(rate, available - taken), "leased": taken},
    ).returning(CostBucket.leased, CostBucket.balance)
    row = (await work.execute(statement)).one()
    return Withdrawal(row.leased, row.balance)


async def give_back(work: UnitOfWork, rate: Rate, leases: Mapping[str, int]) -> None:
    """Return the unspent nodes of leases, by bucket key. A negative number is a debt."""
    debtors = sorted(bucket_key for bucket_key, nodes in leases.items() if nodes < 0)
    if debtors:
        # A full bucket has no row.
        rows = [
            {"holder": holder, "balance": rate.capacity, "capacity": rate.capacity, "leased": 0, "as_of": func.now()}
            for holder in debtors
        ]
        await work.execute(insert(CostBucket).values(rows).on_conflict_do_nothing())
    bucket_keys = bindparam("holders", list(leases), ARRAY(Text))
    nodes = bindparam("nodes", list(leases.values()), ARRAY(Float))
    unspent = func.unnest(bucket_keys, nodes).table_valued(
        column("holder", Text), column("nodes", Float), name="left_over"
    )
    unspent = unspent.render_derived()
    # In one order, so that two processes wait for each other instead of deadlocking.
    buckets = select(CostBucket.holder).where(CostBucket.holder == any_(bucket_keys)).order_by(CostBucket.holder)
    await work.execute(buckets.with_for_update())
    await work.execute(
        update(CostBucket)
        .where(CostBucket.holder == unspent.c.holder)
        .values(_as_of_now(rate, _balance(rate, unspent.c.nodes)))
    )


async def delete_full(work: UnitOfWork, rate: Rate) -> None:
    """Delete the buckets that are full for all servers, except those that are locked by a transaction."""
    full = _refilled(rate) >= func.greatest(CostBucket.capacity, rate.capacity)
    found = select(CostBucket.holder).where(full).with_for_update(skip_locked=True)
    await work.execute(delete(CostBucket).where(CostBucket.holder.in_(found)))


def _balance(rate: Rate, returned: int | ColumnElement[float]) -> ColumnElement[float]:
    """How many nodes this server may take from a bucket once `returned` is in it: never more than its own capacity,
    whatever servers with a larger one have left there. No debt is larger than the capacity."""
    capacity = float(rate.capacity)
    balance: ColumnElement[float] = func.greatest(func.least(_refilled(rate) + returned, capacity), -capacity)
    return balance


def _refilled(rate: Rate) -> ColumnElement[float]:
    """How many nodes a bucket would hold now if it had no capacity."""
    seconds = func.greatest(func.extract("epoch", func.now() - CostBucket.as_of), 0)
    return CostBucket.balance + rate.refill * seconds


def _as_of_now(rate: Rate, balance: ColumnElement[float]) -> dict[str, Any]:
    """The columns of a bucket that holds `balance` from now on."""
    return {
        "balance": balance,
        "capacity": func.greatest(CostBucket.capacity, rate.capacity),
        "as_of": func.greatest(CostBucket.as_of, func.now()),
    }
