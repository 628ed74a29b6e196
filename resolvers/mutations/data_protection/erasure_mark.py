"""Marks a transaction as an erasure, so that triggers let it touch rows that are otherwise never changed.

The mark says what is erased, and the triggers limit the transaction to that: `organization:UUID` may delete rows of the
organization, `user:UUID` may change the columns that hold personal data, `events:UUID:NUMBER` may delete the audit
events of a chain up to this number, if they are old enough.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text, true

from resolvers.placed_rows import is_distributed
from resolvers.transaction.unit_of_work import UnitOfWork

LOCK_WAIT = "30s"
"""How long an erasure waits for a change that is being made."""

_OF_CITUS: Final = (
    "citus.propagate_set_commands = 'local'",
    # One connection to each worker, so that a change in all organizations sees those in one before it.
    "citus.multi_shard_modify_mode = 'sequential'",
)


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


async def mark_erasure(work: UnitOfWork, erasure: OfOrganization | OfUser | OfEvents) -> None:
    """Marks the transaction, until its end, and limits how long it waits for a lock."""
    settings = {"portico.erasure": str(erasure), "lock_timeout": LOCK_WAIT}
    await work.execute(select(*(func.set_config(name, value, true()) for name, value in settings.items())))
    if await is_distributed(work.connection):
        # Citus tells its workers, where the triggers are, of nothing but SET LOCAL. An id needs no quoting.
        for setting in (*_OF_CITUS, f"portico.erasure = '{erasure}'"):
            await work.execute(text(f"SET LOCAL {setting}"))
