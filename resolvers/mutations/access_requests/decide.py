"""Approves, declines and withdraws access requests.

An approval is the change of a user by the approver: it runs as `updateUser`, with all its checks and its audit event.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from authz.model.actions import AccessRequestAction, UserAction
from models import AccessRequest, AccessRequestState, AuditKind, MailKind, User
from resolvers import public_id, timestamps
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.access_requests.approved_access import ApprovedAccess, approved_access
from resolvers.mutations.access_requests.lock import ID, lock_request, read_request
from resolvers.mutations.access_requests.text import text_problems
from resolvers.mutations.users.lock import LockedUser, lock_rows, lock_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.unit_of_work import UnitOfWork

NOTE_MAX = 500
"""The maximum number of characters in the note of a decision."""

ACCOUNT, ENDS_AT, NOTE = ("input", "account"), ("input", "endsAt"), ("input", "note")


@dataclass(frozen=True, slots=True)
class Approval:
    """How a request is approved: with the end that was asked for, or with an earlier one. `account` is the public id of
    the account that is meant, if the words of the request name none, or several."""

    ends_at: datetime | None = None
    account: str | None = None
    note: str | None = None


async def approve_access_request(work: UnitOfWork, request_id: UUID | None, approval: Approval) -> UUID:
    """Approve a request, and give its user what it asks for. Returns its id.

    Raises `MutationRejected` as `lock_request` and `update_user` do, with paths of this input.
    """
    # Whether or not there is such a request: its user is locked first, as by every change of a user.
    requester = select(AccessRequest.requester_id).where(AccessRequest.id == request_id)
    actor, access = await lock_rows(work, [(await work.execute(requester)).scalar_one_or_none()])
    seen = await read_request(work, actor, access, request_id, AccessRequestAction.DECIDE)
    user = await lock_user(work, seen.requester_id, UserAction.UPDATE)
    request = await lock_request(work, user.actor, user.access, request_id, AccessRequestAction.DECIDE)
    problems = list(text_problems(approval.note, NOTE_MAX, *NOTE)) if approval.note else []
    approved = approved_access(request, user, approval.account, approval.ends_at)
    if problems or isinstance(approved, list):
        raise MutationRejected([*problems, *(approved if isinstance(approved, list) else ())])
    await _give(work, user, approved, ACCOUNT if approval.account else ENDS_AT)
    await _end(work, request, AccessRequestState.APPROVED, approval.note, approved.ends_at)
    key: UUID = request.id
    return key


async def decline_access_request(work: UnitOfWork, request_id: UUID | None, note: str) -> UUID:
    """Decline a request, with a note for its requester. Returns its id.

    Raises `MutationRejected`: UNAUTHENTICATED; INVALID; or as `lock_request` does.
    """
    actor, access = await work.lock_actor()
    request = await lock_request(work, actor, access, request_id, AccessRequestAction.DECIDE)
    if problems := list(text_problems(note, NOTE_MAX, *NOTE)):
        raise MutationRejected(problems)
    await _end(work, request, AccessRequestState.DECLINED, note)
    key: UUID = request.id
    return key


async def withdraw_access_request(work: UnitOfWork, request_id: UUID | None) -> UUID:
    """Withdraw a request of the caller. Returns its id. Raises `MutationRejected` as `lock_request` does."""
    actor, access = await work.lock_actor()
    request = await lock_request(work, actor, access, request_id, AccessRequestAction.WITHDRAW)
    await _end(work, request, AccessRequestState.WITHDRAWN)
    key: UUID = request.id
    return key


async def _give(work: UnitOfWork, user: LockedUser, approved: ApprovedAccess, path: tuple[str, ...]) -> None:
    """Change the user's access as `updateUser` does. Its problems get the path of a field of this input, unless they
    are about none, such as a proof that is too old."""
    if not approved.changes:
        return
    change = UserChange(user.row.version, access=approved.changes)
    try:
        await update_user(work, user.id, change)
    except MutationRejected as rejected:
        raise MutationRejected(_moved(problem, path) for problem in rejected.problems) from None


def _moved(problem: Problem, path: tuple[str, ...]) -> Problem:
    if not problem.path:
        return problem
    return Problem(problem.code, problem.message, ID if problem.code is ErrorCode.FORBIDDEN else path)


async def _end(
    work: UnitOfWork,
    request: Row[*tuple[Any, ...]],
    state: AccessRequestState,
    note: str | None = None,
    granted_until: datetime | None = None,
) -> None:
    """End a pending request: store the decision, record it, and notify the requester of what others decided."""
    decided = state is not AccessRequestState.WITHDRAWN
    values: dict[str, Any] = {"state": state.value, "decided_at": func.now(), "note": (note or "").strip() or None}
    actor = work.caller.actor
    if decided and actor is not None:
        values |= {"decided_by_id": actor.id, "granted_until": granted_until}
    own = AccessRequest.organization_id == request.organization_id, AccessRequest.id == request.id
    await work.execute(update(AccessRequest).where(*own).values(values))
    await work.audit(ended_entry(request, state, granted_until))
    if decided:
        is_requester = User.tenant_id == request.organization_id, User.id == request.requester_id
        email = (await work.execute(select(User.email).where(*is_requester))).scalar_one()
        approved = {"approved": state is AccessRequestState.APPROVED}
        kind, organization = MailKind.ACCESS_REQUEST_DECIDED, request.organization_id
        await work.send(OutgoingMail(kind, email, request.requester_id, organization, ID, values=approved))


def ended_entry(
    request: Row[*tuple[Any, ...]], state: AccessRequestState, granted_until: datetime | None = None
) -> AuditEntry:
    """The event that records the end of a pending request, about its requester. It says what was asked for, but not in
    the requester's words, which those who see the requester may not see."""
    changes = {
        "accessRequest": (None, public_id.encode(AccessRequest, request.id)),
        "kind": (None, request.kind),
        "state": (AccessRequestState.PENDING.value, state.value),
    }
    if request.permission:
        changes["permission"] = (None, request.permission)
    if granted_until:
        changes["endsAt"] = (None, timestamps.encode(granted_until))
    kind = AuditKind(f"access_request.{state.value.lower()}")
    return AuditEntry(kind, request.requester_id, request.organization_id, changes=changes)
