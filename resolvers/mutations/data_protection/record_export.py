"""Records in the audit trail that the data of an organization or a person was exported."""

from models import AuditKind, Organization
from resolvers.policy_analysis.resource_lookup import Resource
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork


async def record_export(work: UnitOfWork, exported: Resource, by: str, rows: int) -> None:
    """Record an export of so many rows: of an organization or of a user, in the chain of the organization, and in that
    of the platform, which alone says who did it (`by`)."""
    is_whole = exported.model is Organization
    kind = AuditKind.ORGANIZATION_EXPORTED if is_whole else AuditKind.USER_EXPORTED
    await work.audit(AuditEntry(kind, exported.id, changes=created({"rows": rows, "by": by})))
    if exported.organization_id is not None:
        await work.audit(AuditEntry(kind, exported.id, exported.organization_id, changes=created({"rows": rows})))
