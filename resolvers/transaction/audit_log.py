"""The audit trail: who did what to what or whom, when, from where, and what was before and after.

Rows are only ever added, in the transaction of what they tell of, as the last thing before it commits: triggers link
them into the chain of their organization, whose end stays locked until then. `changes` is `{field: [before, after]}`
with the field names and the public ids of the API; passwords and tokens never stand in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import Insert

from models import AuditEvent, AuditKind, new_id
from resolvers.bulk_insert import insert_many
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, Problem

Changes = Mapping[str, tuple[Any, Any]]

ACCESS_DENIED_CODES: Final = frozenset(
    {ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.NOT_ASSIGNABLE, ErrorCode.LAST_ADMIN}
)
"""The codes with which the rules of access refuse. All others say that the form was not filled in right, that the state
of things does not allow it, or that nobody has shown yet who they are."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
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


def access_denied_entry(problems: Iterable[Problem], caller: Caller, kind: AuditKind) -> AuditEntry | None:
    """What the trail records of a mutation or query that is refused for `problems`: who tried what, and which fields
    were refused for what reason, without their values. None where nothing of it is a refusal of access, nobody is
    signed in, or the caller runs no operation of the API."""
    found = [
        {"code": each.code.value, "path": list(each.path)} for each in problems if each.code in ACCESS_DENIED_CODES
    ]
    if not found or caller.actor is None or not caller.operation:
        return None
    changes = created({"operation": caller.operation, "errors": found})
    return AuditEntry(kind, organization_id=caller.actor.organization_id, changes=changes)


def audit_rows(happenings: Sequence[AuditEntry], caller: Caller, policy_version: str | None) -> Insert:
    """The INSERT that records `happenings`, as done by `caller` under the policy `policy_version`.

    They are in order within each organization, and the organizations always in the same one: each locks its chain, and
    two who lock several must not wait for each other.
    """
    actor_id = caller.actor.id if caller.actor else None
    happenings = sorted(happenings, key=lambda happening: str(happening.organization_id or ""))
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
        "api_client_id": caller.actor.client_id if caller.actor else None,
        "policy_version": policy_version,
    }
    return insert_many(AuditEvent, each, shared)


def _pairs(changes: Changes | None) -> dict[str, list[Any]] | None:
    return {field: list(pair) for field, pair in changes.items()} if changes else None
