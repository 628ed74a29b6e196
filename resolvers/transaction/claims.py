"""Marks the claim on an idempotency key as committed, in the transaction of the change that ran under it."""

from typing import TYPE_CHECKING

from resolvers.callers.idempotency_claim import ClaimLost, mark_committed

if TYPE_CHECKING:
    from resolvers.transaction.unit_of_work import UnitOfWork


async def lock_claim(work: "UnitOfWork") -> None:
    """Record that this transaction is the one committed under the caller's idempotency key, if they sent one.

    Raises `ClaimLost` if another request has taken over the key. A transaction without audit events changes nothing, so
    it needs no record.
    """
    claim = work.caller.claim
    if (
        claim is not None
        and work.audit_entries
        and not (await work.execute(mark_committed(), claim.parameters)).rowcount
    ):
        raise ClaimLost


def mark_claim_committed(work: "UnitOfWork") -> None:
    """Mark the caller's idempotency claim as committed, after the commit."""
    if work.caller.claim is not None and work.audit_entries:
        work.caller.claim.committed = True
