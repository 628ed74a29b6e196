"""Legal holds: while an audit chain is under one, none of its events are removed, and nothing is erased from them.

Whether there is one is read from the chain itself: the newest of its events `legal_hold.placed` and
`legal_hold.released` says so. The hold of an organization also keeps it from being deleted, and its users from being
erased.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, select

from models import AuditEvent, AuditHead, AuditKind, Organization, tenant_of
from resolvers.public_id import encode
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

HOLD_KINDS = (AuditKind.LEGAL_HOLD_PLACED, AuditKind.LEGAL_HOLD_RELEASED)


class UnderHold(Exception):
    """Something can't be removed or erased, because its audit chain is under a legal hold."""


async def set_hold(work: UnitOfWork, organization_id: UUID | None, by: str, reason: str, *, held: bool) -> bool:
    """Place or release the hold of a chain, for a reason, and record it there and in the platform's chain, which alone
    says who did it (`by`). Returns whether anything has changed: a hold is placed and released once."""
    if organization_id is not None:
        # A deletion of the organization locks its row, too.
        await work.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update())
    await lock_chains(work, organization_id)
    if await is_held(work, organization_id) == held:
        return False
    kind = AuditKind.LEGAL_HOLD_PLACED if held else AuditKind.LEGAL_HOLD_RELEASED
    await work.audit(AuditEntry(kind, organization_id, changes=created({"reason": reason, "by": by})))
    if organization_id is not None:
        await work.audit(AuditEntry(kind, organization_id, organization_id, changes=created({"reason": reason})))
    return True


async def lock_chains(work: UnitOfWork, *organization_ids: UUID | None) -> None:
    """Keep everybody else from adding to the chains, and to the platform's, until the end of the transaction. They are
    locked in the order in which events are written."""
    for tenant_id in sorted({tenant_of(None), *map(tenant_of, organization_ids)}):
        await work.execute(select(AuditHead.number).where(AuditHead.chain == tenant_id).with_for_update())


async def refuse_if_held(work: UnitOfWork, *organization_ids: UUID | None) -> None:
    """Raise UnderHold if one of the chains is under a legal hold."""
    for organization_id in dict.fromkeys(organization_ids):
        if await is_held(work, organization_id):
            whose = "of the platform" if organization_id is None else f"of {encode(Organization, organization_id)}"
            raise UnderHold(
                f"the audit trail {whose} is under a legal hold. Nothing was changed: `portico audit release` ends it"
            )


async def is_held(work: UnitOfWork, organization_id: UUID | None) -> bool:
    """Whether the chain is under a legal hold."""
    event = AuditEvent.__table__
    holds = event.c.kind.in_([kind.value for kind in HOLD_KINDS])
    newest = select(event.c.kind).where(holds, *_own(organization_id)).order_by(event.c.number.desc()).limit(1)
    return (await work.execute(newest)).scalar_one_or_none() == AuditKind.LEGAL_HOLD_PLACED.value


def _own(organization_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    event = AuditEvent.__table__
    of_tenant = event.c.tenant_id == tenant_of(organization_id)
    if organization_id is None:  # that also has records of the holds of organizations, which name them
        return of_tenant, event.c.organization_id.is_(None), event.c.subject_id.is_(None)
    return of_tenant, event.c.organization_id == organization_id
