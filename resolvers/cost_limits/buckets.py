"""Buckets of cost in the database: how much each caller may spend, whichever server process they come to.

A bucket holds so many nodes, and refills at a steady rate. A process does not ask it about each operation: it takes a
*lease*, spends that in its memory (`resolvers/cost_limits/leases.py`), and gives back what is left. So the processes
together never spend more than the bucket gives, and an operation costs no statement of its own.

The clock is that of the database. Where two transactions overtake each other, or the clock is set back, the bucket
refills later, never twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, Float, Text, any_, bindparam, case, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models import CostBucket
from resolvers.transaction.unit_of_work import UnitOfWork

SHARE = 4
"""A lease beyond what is needed now takes no more than this part of what is there: others ask for some, too."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket holds when it is full, in nodes, and how many come back in a second."""

    capacity: int
    refill: int

    @property
    def slice(self) -> int:
        """How many nodes a lease has for the operations to come."""
        return self.capacity // 10


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was taken from a bucket, 0 where it held less than was needed; and what it holds since, which may be a part
    of a node."""

    nodes: int
    held: float


async def take(work: UnitOfWork, bucket_key: str, rate: Rate, need: int, back: int) -> Withdrawal:
    """Give `back` so many nodes to the bucket of `holder`, then take `need`, and some for later, if it holds those."""
    first = max(need, min(need + rate.slice, rate.capacity // SHARE)) if need <= rate.capacity else 0
    missing = func.greatest(_missing(rate) - back, 0.0)
    held = rate.capacity - missing
    lease = func.greatest(need, func.least(need + rate.slice, func.floor(held / SHARE)))
    taken = case((held >= need, lease), else_=0)
    fresh = insert(CostBucket).values(holder=bucket_key, missing=first, leased=first, as_of=func.now())
    statement = fresh.on_conflict_do_update(
        index_elements=[CostBucket.holder],
        set_={"missing": missing + taken, "leased": taken, "as_of": func.greatest(CostBucket.as_of, func.now())},
    ).returning(CostBucket.leased, CostBucket.missing)
    row = (await work.execute(statement)).one()
    return Withdrawal(row.leased, rate.capacity - row.missing)


async def give_back(work: UnitOfWork, rate: Rate, leases: Mapping[str, int]) -> None:
    """Give back what is left of leases, by holder."""
    holders = bindparam("holders", list(leases), ARRAY(Text))
    nodes = bindparam("nodes", list(leases.values()), ARRAY(Float))
    left = func.unnest(holders, nodes).table_valued(column("holder", Text), column("nodes", Float), name="left_over")
    left = left.render_derived()
    # In one order, so that two processes wait for each other and don't lock each other out.
    theirs = select(CostBucket.holder).where(CostBucket.holder == any_(holders)).order_by(CostBucket.holder)
    await work.execute(theirs.with_for_update())
    missing = func.greatest(_missing(rate) - left.c.nodes, 0.0)
    await work.execute(
        update(CostBucket)
        .where(CostBucket.holder == left.c.holder)
        .values(missing=missing, as_of=func.greatest(CostBucket.as_of, func.now()))
    )


async def forget_full(work: UnitOfWork, rate: Rate) -> None:
    """Delete the buckets that are full again; those that somebody takes from at this moment are not."""
    full = select(CostBucket.holder).where(_missing(rate) <= 0).with_for_update(skip_locked=True)
    await work.execute(delete(CostBucket).where(CostBucket.holder.in_(full)))


def _missing(rate: Rate) -> ColumnElement[float]:
    """How many nodes a bucket lacks now."""
    seconds = func.greatest(func.extract("epoch", func.now() - CostBucket.as_of), 0)
    missing: ColumnElement[float] = func.greatest(CostBucket.missing - rate.refill * seconds, 0.0)
    return missing
