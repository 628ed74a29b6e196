"""The audit trail: who did what to what or whom, when, from where, and what was before and after.

Rows are only ever added, in the transaction of what they tell of. `changes` is `{field: [before, after]}` with the
field names and the public ids of the API; passwords and tokens never stand in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Insert

from models import AuditEvent, AuditKind, new_id
from resolvers.caller import Caller
from resolvers.many_rows import insert_many

Changes = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    `subject_id` is the user or the thing to which it happened, of the type that `kind` names; `organization_id` whose
    trail it stands in; `actor_id` who did it: None takes the caller's actor.
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


def audit_rows(happenings: Sequence[Happening], caller: Caller, policy_version: str | None) -> Insert:
    """The INSERT that records `happenings`, in order, as done by `caller` under the policy `policy_version`."""
    actor_id = caller.actor.id if caller.actor else None
    each: dict[str, Sequence[Any]] = {
        "id": [new_id() for _ in happenings],
        "kind": [happening.kind.value for happening in happenings],
        "subject_id": [happening.subject_id for happening in happenings],
        "organization_id": [happening.organization_id for happening in happenings],
        "actor_id": [happening.actor_id or actor_id for happening in happenings],
        "changes": [_pairs(happening.changes) for happening in happenings],
    }
    shared = {
        "request_id": caller.request_id or None,
        "address": caller.address,
        "policy_version": policy_version,
    }
    return insert_many(AuditEvent, each, shared)


def _pairs(changes: Changes | None) -> dict[str, list[Any]] | None:
    return {field: list(pair) for field, pair in changes.items()} if changes else None
