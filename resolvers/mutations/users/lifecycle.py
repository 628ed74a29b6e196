"""What becomes of a user after they were made: the activation sent again, removed, restored."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from authz.model.resources import UserAction
from models import AuditKind, User
from resolvers.access.grants import stored_access
from resolvers.errors import MutationRejected
from resolvers.identity import sessions
from resolvers.mutations.api_clients import mutations as api_client_mutations
from resolvers.mutations.users.activation_mail import send_activation, withdraw
from resolvers.mutations.users.last_admin import last_admin
from resolvers.mutations.users.lock import LockedUser, lock_user
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import UserStatus


async def resend_activation(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Send a user who has not activated a new link, before or after the old one has expired; returns the user's id.

    The old link is dead. The new one has its own time, and never ends before the old one would have. Raises
    `MutationRejected`
    as `lock_user` does, among it ALREADY_ACTIVE and ALREADY_REMOVED.
    """
    target = await lock_user(work, user_id, UserAction.RESEND_ACTIVATION)
    await send_activation(work, target.id, target.organization_id, target.row.email)
    await _audit(work, target, AuditKind.USER_ACTIVATION_RESENT, UserStatus.PENDING)
    return target.id


async def remove(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Take all access away from a user, at once; returns the user's id.

    Sessions, API clients, open links and mails that wait to be sent end in this transaction. The row stays, and with it
    the email. Raises `MutationRejected` as `lock_user` does, among it ALREADY_REMOVED; and LAST_ADMIN.
    """
    target = await lock_user(work, user_id, UserAction.REMOVE)
    problems = await last_admin(work, target, await stored_access(work, target.id), None)
    if problems:
        raise MutationRejected(problems)
    await _set(work, target, removed_at=func.now())
    await _end_everything(work, target)
    await _audit(work, target, AuditKind.USER_REMOVED, UserStatus.REMOVED)
    return target.id


async def restore(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Bring a removed user back as if they had just been made: pending, without a password, with a new activation mail,
    and with the access and permissions that they had; returns the user's id.

    Raises `MutationRejected` as `lock_user` does, among it NOT_REMOVED.
    """
    target = await lock_user(work, user_id, UserAction.RESTORE)
    await _set(work, target, removed_at=None, activated_at=None, password_hash=None)
    # Whatever ended the access then: nothing of before opens anything once the user is active again.
    await _end_everything(work, target)
    await send_activation(work, target.id, target.organization_id, target.row.email)
    await _audit(work, target, AuditKind.USER_RESTORED, UserStatus.PENDING)
    return target.id


async def _set(work: UnitOfWork, target: LockedUser, **values: Any) -> None:
    await work.execute(update(User).where(User.id == target.id).values(**values))


async def _end_everything(work: UnitOfWork, target: LockedUser) -> None:
    await sessions.end_all(work, target.id)
    await api_client_mutations.end_all(work, target.id)
    await withdraw(work, target.id)


async def _audit(work: UnitOfWork, target: LockedUser, kind: AuditKind, status: UserStatus) -> None:
    before = target.row.status
    changes = {"status": (before, status.value)} if before != status else None
    await work.audit(AuditEntry(kind, target.id, target.organization_id, changes=changes))
