"""Deletes an organization with everything that belongs to it, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, literal, select

from models import AuditHead, AuditKind, Organization, User, is_of
from resolvers.data_protection.ownership import of_organization, organization_tables
from resolvers.mutations.data_protection.erasure_mark import OfOrganization, mark_erasure
from resolvers.mutations.data_protection.legal_hold import refuse_if_held
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

Report = Callable[[str, int], None]
"""Called with the name of a table and the number of its rows that were deleted."""


@dataclass(frozen=True, slots=True)
class DeletedOrganization:
    """What was deleted: the rows by table, without tables that had none, and the end of the audit chain, if any."""

    id: UUID
    name: str
    rows: dict[str, int]
    audit_events: int
    audit_hash: str | None


async def delete_organization(
    work: UnitOfWork, organization_id: UUID, by: str, report: Report
) -> DeletedOrganization | None:
    """Delete all rows of the organization, and record in the platform's own audit chain that `by` did. Returns None if
    there is no such organization. Raises UnderHold if it is under a legal hold.

    Its row and the rows of its users are locked first, so no request can add to it: one that is running is waited for,
    and one that comes later fails. Sign-ins and reads see everything until the commit, and nothing after it.
    """
    await mark_erasure(work, OfOrganization(organization_id))
    row = Organization.__table__
    locked = select(row.c.name).where(row.c.id == organization_id).with_for_update()
    name = (await work.execute(locked)).scalar_one_or_none()
    if name is None:
        return None
    await refuse_if_held(work, organization_id)
    users = select(User.id).where(is_of(User.__table__, literal(organization_id))).order_by(User.id).with_for_update()
    await work.execute(select(func.count()).select_from(users.subquery()))
    head = AuditHead.__table__
    end = (await work.execute(select(head.c.number, head.c.hash).where(head.c.chain == organization_id))).one_or_none()
    rows: dict[str, int] = {}
    for table in organization_tables():
        deleted = (await work.execute(delete(table).where(of_organization(table, organization_id)))).rowcount
        report(table.name, deleted)
        if deleted:
            rows[table.name] = deleted
    result = DeletedOrganization(organization_id, name, rows, end.number if end else 0, end.hash.hex() if end else None)
    await work.audit(_entry(result, by))
    return result


def _entry(deleted: DeletedOrganization, by: str) -> AuditEntry:
    before = {"name": deleted.name, "rows": deleted.rows}
    changes = {field: (value, None) for field, value in before.items()}
    end = {"auditEvents": deleted.audit_events, "auditHash": deleted.audit_hash, "by": by}
    return AuditEntry(AuditKind.ORGANIZATION_DELETED, deleted.id, changes={**changes, **created(end)})


async def count_organization(work: UnitOfWork, organization_id: UUID, report: Report) -> dict[str, int]:
    """The rows that `delete_organization` would delete, by table, without tables that have none."""
    rows = {}
    for table in organization_tables():
        counted = select(func.count()).select_from(table).where(of_organization(table, organization_id))
        count = (await work.execute(counted)).scalar_one()
        report(table.name, count)
        if count:
            rows[table.name] = count
    return rows
