"""A claim on an idempotency key: the right to run the mutation, until another request takes the claim over."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, literal_column, update

from models import IdempotencyKey
from resolvers.prepared_statement import PreparedStatement

LEASE = timedelta(seconds=60)
"""How long a claim counts as active: longer than a mutation takes. Each commit under it restarts the time."""


class ClaimLost(Exception):
    """Another request has taken the claim over: what was written under it is rolled back."""


@dataclass(eq=False)
class IdempotencyClaim:
    """The attempt number `attempt` on the key in the row `id` of a tenant.

    `committed` is whether a change under it has been committed, `transient` whether it was rejected for a reason that
    may disappear by itself.
    """

    tenant_id: UUID
    id: UUID
    attempt: int
    committed: bool = False
    transient: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of statements about this claim."""
        return {"claim_tenant_id": self.tenant_id, "claim_id": self.id, "attempt": self.attempt}


@cache
def mark_committed() -> PreparedStatement:
    """The statement that marks a claim as committed, in the same transaction as the change. It matches no row if the
    claim has been taken over."""
    return PreparedStatement(
        update(IdempotencyKey)
        .where(*is_held())
        .values(committed=literal_column("true"), claimed_until=func.statement_timestamp() + LEASE)
    )


def is_held() -> tuple[ColumnElement[bool], ...]:
    """The condition that nobody has taken the claim over, with `IdempotencyClaim.parameters`."""
    is_row = (
        IdempotencyKey.tenant_id == bindparam("claim_tenant_id", type_=Uuid()),
        IdempotencyKey.id == bindparam("claim_id", type_=Uuid()),
    )
    return *is_row, IdempotencyKey.attempt == bindparam("attempt")
