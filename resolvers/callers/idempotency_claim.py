"""A claim on an idempotency key: the right to run the mutation, until another request takes the claim over."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, func, update

from models import IdempotencyKey

LEASE = timedelta(seconds=60)
"""How long a claim counts as active: longer than a mutation takes. Each commit under it restarts the time."""


class ClaimLost(Exception):
    """Another request has taken the claim over: what was written under it is rolled back."""


@dataclass(eq=False)
class IdempotencyClaim:
    """The attempt number `attempt` on the key in the row `id`.

    `committed` is whether a change under it has been committed, `transient` whether it was rejected for a reason that
    may disappear by itself.
    """

    id: UUID
    attempt: int
    committed: bool = False
    transient: bool = False

    def mark_committed(self) -> Update:
        """Returns the statement that marks this claim as committed, in the same transaction as the change. It matches
        no row if the claim has been taken over."""
        return (
            update(IdempotencyKey)
            .where(IdempotencyKey.id == self.id, IdempotencyKey.attempt == self.attempt)
            .values(committed=True, claimed_until=func.clock_timestamp() + LEASE)
        )
