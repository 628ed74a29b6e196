"""Views as another user: an admin who may update a user reads what the user sees, for a while and for a reason.

A view belongs to the session that it was started in. What it shows is decided with each read, by the session guard
(`resolvers/query/session_guard.py`); here it is started and ended.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from authz.actor import Actor
from authz.model.actions import UserAction
from models import AuditKind, Session, ViewAs, new_id
from resolvers import timestamps
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.mutations.users.lock import ID, LockedUser, lock_user
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import UserStatus
from resolvers.validation.characters import find_invisible

DURATION: Final = timedelta(minutes=30)
"""How long a view lasts at most."""

REASON_MAX: Final = 500
"""The maximum number of characters in the reason for a view."""

REASON = ("input", "reason")


@dataclass(frozen=True, slots=True)
class StartedView:
    """A view as the user `user_id`, until `ends_at` at the latest."""

    user_id: UUID
    ends_at: datetime


async def start_view_as(work: UnitOfWork, user_id: UUID | None, reason: str) -> StartedView:
    """Let the caller's session read as the user, for `DURATION`. A view as the same user that the session has already
    is replaced.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for an API client; as `lock_user` does for somebody who
    updates the user; NOT_ACTIVATED for a user who has not activated; INVALID for the caller themselves, and for a
    reason that cannot be stored.
    """
    _reject_clients(work)
    user = await lock_user(work, user_id, UserAction.UPDATE)
    session_id = await _lock_session(work, user.actor)
    reason = reason.strip()
    problems = [*_user_problems(user), *_reason_problems(reason)]
    if problems:
        raise MutationRejected(problems)
    values = {"reason": reason, "ends_at": func.now() + DURATION}
    key = {"tenant_id": user.actor.tenant_id, "session_id": session_id, "user_id": user.id}
    statement = insert(ViewAs).values(id=new_id(), **key, **values)
    new = {name: statement.excluded[name] for name in values}
    replacing = statement.on_conflict_do_update(index_elements=list(key), set_=new)
    ends_at: datetime = (await work.execute(replacing.returning(ViewAs.ends_at))).scalar_one()
    of_session = ViewAs.tenant_id == user.actor.tenant_id, ViewAs.session_id == session_id
    await work.execute(delete(ViewAs).where(*of_session, ViewAs.ends_at <= func.now()))
    changes = created({"reason": reason, "endsAt": timestamps.encode(ends_at)})
    await work.audit(AuditEntry(AuditKind.USER_VIEWED_AS, user.id, user.organization_id, changes=changes))
    return StartedView(user.id, ends_at)


async def stop_view_as(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """End the view as the user in the caller's session. Returns the user's id.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN for an API client; NOT_FOUND if there is no such view, or it
    has ended.
    """
    _reject_clients(work)
    actor, _ = await work.lock_actor()
    session_id = await _lock_session(work, actor)
    of_session = ViewAs.tenant_id == actor.tenant_id, ViewAs.session_id == session_id
    own = *of_session, ViewAs.user_id == user_id, ViewAs.ends_at > func.now()
    ended = (await work.execute(delete(ViewAs).where(*own).returning(ViewAs.user_id))).scalar_one_or_none()
    if ended is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "You are not viewing as a user with this ID.", ID))
    await work.audit(AuditEntry(AuditKind.USER_VIEW_ENDED, ended, actor.organization_id))
    key: UUID = ended
    return key


def _reject_clients(work: UnitOfWork) -> None:
    if work.caller.actor is not None and work.caller.actor.client_id is not None:
        raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "API clients can't view as others. Only users can."))


async def _lock_session(work: UnitOfWork, actor: Actor) -> UUID:
    """Lock the caller's session against its end, and return its id. Their row is locked already: whatever ends sessions
    locks that first."""
    of_caller = Session.tenant_id == actor.tenant_id, Session.token_hash == work.caller.session_hash
    session = select(Session.id).where(*of_caller)
    found: UUID | None = (await work.execute(session.with_for_update(read=True, key_share=True))).scalar_one_or_none()
    if found is None:
        raise MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))
    return found


def _user_problems(user: LockedUser) -> list[Problem]:
    if user.id == user.actor.id:
        return [invalid("This is you. Choose another user.", *ID)]
    if user.organization_id != user.actor.organization_id:
        # The view belongs to the tenant of the session. No shipped rule lets anybody update users of others.
        return [Problem(ErrorCode.FORBIDDEN, "You can only view as users of your organization.", ID)]
    if user.row.status != UserStatus.ACTIVE:
        message = "The user has not activated yet, so they don't see anything."
        return [Problem(ErrorCode.NOT_ACTIVATED, message, ID)]
    return []


def _reason_problems(reason: str) -> list[Problem]:
    if not reason:
        return [invalid("Give a reason. The user can read it.", *REASON)]
    if len(reason) > REASON_MAX:
        return [invalid(f"A reason can have at most {REASON_MAX} characters.", *REASON)]
    if find_invisible(reason.replace("\n", " ")):
        return [invalid("A reason can't contain invisible or control characters other than line breaks.", *REASON)]
    return []
