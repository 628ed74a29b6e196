"""The audit trail: who did what to which user or resource, when, from where, and the values before and after.

Rows are only ever added, in the transaction of the change that they record, as its last statement before the commit:
triggers link them into the hash chain of their organization, whose end stays locked until the commit. `changes` is
`{field: [before, after]}` with the field names and public ids of the API; it never contains passwords or tokens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from models import AuditEvent, AuditKind, new_id, tenant_of
from resolvers.bulk_insert import insert_rows
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, Problem
from resolvers.prepared_statement import PreparedStatement

Changes = Mapping[str, tuple[Any, Any]]

ACCESS_DENIED_CODES: Final = frozenset(
    {ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND, ErrorCode.NOT_ASSIGNABLE, ErrorCode.LAST_ADMIN}
)
"""The codes of access denials. All other codes mean that the input is invalid, that the state of the resource does not
allow the change, or that the caller is not authenticated."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event of the audit trail.

    `subject_id` is the user or resource that was changed, of the type that `kind` names. `organization_id` is the
    organization whose trail gets the event. `actor_id` is the user who acted; None means the caller's actor.
    """

    kind: AuditKind
    subject_id: UUID | None = None
    organization_id: UUID | None = None
    actor_id: UUID | None = None
    changes: Changes | None = None


def created(values: Mapping[str, Any]) -> Changes:
    """The changes of a new resource: each value that is not None, from None."""
    return {field: (None, value) for field, value in values.items() if value is not None}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The changes of an existing resource: the fields of `after` whose values differ from `before`."""
    return {field: (before[field], value) for field, value in after.items() if value != before[field]}


def access_denied_entry(problems: Iterable[Problem], caller: Caller, kind: AuditKind) -> AuditEntry | None:
    """The event that records a mutation or query that was denied because of `problems`: who attempted which operation,
    and which fields were denied with which code, without their values. Returns None if no problem is an access denial,
    if nobody is signed in, or if the caller runs no operation of the API."""
    denials = [
        {"code": problem.code.value, "path": list(problem.path)}
        for problem in problems
        if problem.code in ACCESS_DENIED_CODES
    ]
    if not denials or caller.actor is None or not caller.operation:
        return None
    changes = created({"operation": caller.operation, "errors": denials})
    return AuditEntry(kind, organization_id=caller.actor.organization_id, changes=changes)


_COLUMNS: Final = ("id", "kind", "subject_id", "organization_id", "tenant_id", "actor_id", "changes")
_CONSTANTS: Final = ("request_id", "address", "api_client_id", "policy_version")


@cache
def insert_audit_events() -> PreparedStatement:
    """The INSERT of events, whose parameters are `audit_parameters`."""
    return PreparedStatement(insert_rows(AuditEvent, _COLUMNS, _CONSTANTS))


def audit_parameters(entries: Sequence[AuditEntry], caller: Caller, policy_version: str | None) -> dict[str, Any]:
    """The parameters of the INSERT that records `entries`, as done by `caller` under the policy `policy_version`.

    Entries keep their order within an organization. Organizations are sorted, because each locks its chain: two
    transactions that lock several chains must not wait for each other.
    """
    actor_id = caller.actor.id if caller.actor else None
    entries = sorted(entries, key=lambda entry: str(entry.organization_id or ""))
    return {
        "id": [new_id() for _ in entries],
        "kind": [entry.kind.value for entry in entries],
        "subject_id": [entry.subject_id for entry in entries],
        "organization_id": [entry.organization_id for entry in entries],
        "tenant_id": [tenant_of(entry.organization_id) for entry in entries],
        "actor_id": [entry.actor_id or actor_id for entry in entries],
        "changes": [_pairs(entry.changes) for entry in entries],
        "request_id": caller.request_id or None,
        "address": caller.address,
        "api_client_id": caller.actor.program_id if caller.actor else None,
        "policy_version": policy_version,
    }


def _pairs(changes: Changes | None) -> dict[str, list[Any]] | None:
    return {field: list(pair) for field, pair in changes.items()} if changes else None
