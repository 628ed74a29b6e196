"""A claim on an idempotency key: the right to run what was asked under it, as long as nobody else has taken it over."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, func, update

from models import IdempotencyKey

LEASE = timedelta(seconds=60)
"""How long a claim is taken to be alive: more than a mutation takes. Each commit under it begins the time anew."""


class ClaimLost(Exception):
    """Somebody else has taken the claim over: what was written under it is taken back."""


@dataclass(eq=False)
class IdempotencyClaim:
    """The attempt `attempt` on the key in the row `id`.

    `committed` is whether something was changed under it for good, `passing` whether it was refused for a reason that
    may be gone a moment later.
    """

    id: UUID
    attempt: int
    committed: bool = False
    passing: bool = False

    def mark(self) -> Update:
        """The statement that tells of this claim that something is committed under it, in the very transaction that is
        about to be. It finds no row where the claim was taken over."""
        return (
            update(IdempotencyKey)
            .where(IdempotencyKey.id == self.id, IdempotencyKey.attempt == self.attempt)
            .values(committed=True, claimed_until=func.clock_timestamp() + LEASE)
        )
