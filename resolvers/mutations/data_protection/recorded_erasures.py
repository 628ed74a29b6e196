"""Who was erased and what was deleted, as the platform's audit chain records it.

If its older events were moved to an archive, the record of that has the ids from them.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from models import AuditEvent, AuditKind, Base, Organization, User, tenant_of
from resolvers import public_id

ERASURE_KINDS: Final[dict[str, tuple[AuditKind, type[Base]]]] = {
    "users": (AuditKind.USER_ERASED, User),
    "organizations": (AuditKind.ORGANIZATION_DELETED, Organization),
}
"""What can be erased: the kind of the event that records it, and the model of its subject."""

CARRIED: Final = {"users": "erasedUsers", "organizations": "deletedOrganizations"}
"""The fields in which the record of an archive has the ids."""


def recorded_erasures() -> Select[UUID | None, str, dict[str, Any] | None]:
    """Selects the events that `erased_ids` takes, the oldest first."""
    event = AuditEvent.__table__
    kinds = [*(kind.value for kind, _ in ERASURE_KINDS.values()), AuditKind.AUDIT_PRUNED.value]
    of_platform = event.c.tenant_id == tenant_of(None), event.c.organization_id.is_(None), event.c.kind.in_(kinds)
    columns = select(event.c.subject_id, event.c.kind, event.c.changes)
    return columns.where(*of_platform).order_by(event.c.number)


def erased_ids(rows: Any) -> dict[str, list[str]]:
    """The public ids of all users who were erased, and all organizations that were deleted, each once."""
    found: dict[str, dict[str, None]] = {name: {} for name in ERASURE_KINDS}
    carried: dict[str, dict[str, None]] = {name: {} for name in ERASURE_KINDS}
    for subject_id, kind, changes in rows:
        for name, (kind_of_erasure, model) in ERASURE_KINDS.items():
            if kind == kind_of_erasure.value and subject_id is not None:
                found[name][public_id.encode(model, subject_id)] = None
            elif kind == AuditKind.AUDIT_PRUNED.value:
                carried[name].update(dict.fromkeys(_after(changes or {}, CARRIED[name])))
    return {name: list(carried[name] | ids) for name, ids in found.items()}


def _after(changes: dict[str, Any], field: str) -> list[str]:
    pair = changes.get(field) or [None, None]
    return pair[1] or []
