"""The audit trail: who did what to whom, when, from where, and what was before and after.

Rows are only ever added, in the transaction of what they tell of. `changes` is `{field: [before, after]}` with the
field names and the public ids of the API; passwords and tokens never stand in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, insert

from models import AuditEvent, AuditKind
from resolvers.caller import Caller

Changes = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    `subject_id` is the user whom it happened to, `organization_id` whose trail it stands in, `actor_id` who did it:
    None takes the caller's actor.
    """

    kind: AuditKind
    subject_id: UUID | None = None
    organization_id: UUID | None = None
    actor_id: UUID | None = None
    changes: Changes | None = None


def created(values: Mapping[str, Any]) -> Changes:
    """The changes of a thing that was not there before: each value that is given, from nothing."""
    return {field: (None, value) for field, value in values.items() if value is not None}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The changes of a thing that was there: of the fields of `after`, those that differ."""
    return {field: (before[field], value) for field, value in after.items() if value != before[field]}


def audit_row(happening: Happening, caller: Caller, policy_version: str | None) -> Insert:
    """The INSERT that records `happening`, as done by `caller` under the policy `policy_version`."""
    actor_id = happening.actor_id or (caller.actor.id if caller.actor else None)
    changes = happening.changes
    return insert(AuditEvent).values(
        kind=happening.kind.value,
        subject_id=happening.subject_id,
        organization_id=happening.organization_id,
        actor_id=actor_id,
        request_id=caller.request_id or None,
        address=caller.address,
        policy_version=policy_version,
        changes={field: list(pair) for field, pair in changes.items()} if changes else None,
    )
