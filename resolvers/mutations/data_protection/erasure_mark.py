"""Marks a transaction as an erasure, so that triggers let it touch rows that are otherwise never changed.

The mark says what is erased, and the triggers limit the transaction to that: `organization:UUID` may delete rows of the
organization, `user:UUID` may change the columns that hold personal data, `events:UUID:NUMBER` may delete the audit
events of a chain up to this number, if they are old enough.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, true

LOCK_WAIT = "30s"
"""How long an erasure waits for a change that is being made."""


@dataclass(frozen=True, slots=True)
class OfOrganization:
    """The deletion of an organization."""

    id: UUID

    def __str__(self) -> str:
        return f"organization:{self.id}"


@dataclass(frozen=True, slots=True)
class OfUser:
    """The erasure of a person."""

    id: UUID

    def __str__(self) -> str:
        return f"user:{self.id}"


@dataclass(frozen=True, slots=True)
class OfEvents:
    """The removal of the audit events of a tenant's chain up to the number `through`."""

    tenant_id: UUID
    through: int

    def __str__(self) -> str:
        return f"events:{self.tenant_id}:{self.through}"


def mark_erasure(erasure: OfOrganization | OfUser | OfEvents) -> Select[*tuple[str, ...]]:
    """The SELECT that marks the transaction, until its end, and limits how long it waits for a lock."""
    settings = {"portico.erasure": str(erasure), "lock_timeout": LOCK_WAIT}
    return select(*(func.set_config(name, value, true()) for name, value in settings.items()))
