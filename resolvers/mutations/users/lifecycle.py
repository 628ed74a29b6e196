"""Removes and restores users, and resends their activation mail."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, update

from authz.model.actions import UserAction
from models import AuditKind, User, tenant_of
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.second_factors import delete_factors
from resolvers.identity.sessions import end_all_sessions
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.api_clients.mutations import revoke_api_clients_of
from resolvers.mutations.scim_tokens.mutations import revoke_scim_tokens_of
from resolvers.mutations.users.activation_mail import revoke_mailed_links, send_activations
from resolvers.mutations.users.last_admin import last_admin_problems
from resolvers.mutations.users.lock import ID, LockedUser, lock_user
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import UserStatus


async def resend_activation(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Send a new link to a user who has not activated, whether or not the old one has expired. Returns the user's id.

    The old link is revoked. The new one gets the full lifetime and never expires before the old one would have. Raises
    `MutationRejected` as `lock_user` does, including ALREADY_ACTIVE and ALREADY_REMOVED, and RATE_LIMITED.
    """
    user = await lock_user(work, user_id, UserAction.RESEND_ACTIVATION)
    await send_activations(work, user.organization_id, {user.id: user.row.email}, lambda _: ID)
    await _audit(work, user, AuditKind.USER_ACTIVATION_RESENT, UserStatus.PENDING)
    return user.id


async def remove_user(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Remove a user and end all their access at once. Returns the user's id.

    This transaction ends their sessions, revokes their API clients, SCIM tokens and open links, and cancels queued
    mails. The row stays, and so does the email. Raises `MutationRejected` as `lock_user` does, including
    ALREADY_REMOVED, and LAST_ADMIN.
    """
    user = await lock_user(work, user_id, UserAction.REMOVE)
    problems = await last_admin_problems(work, user, user.stored_access, None)
    if problems:
        raise MutationRejected(problems)
    await remove_locked(work, user.id, user.organization_id, user.row.status)
    return user.id


async def remove_locked(
    work: UnitOfWork,
    user_id: UUID,
    organization_id: UUID | None,
    status: str,
    reason: str | None = None,
    *,
    by: str | None = None,
) -> None:
    """End all access of a user, whose row and organization, if any, the caller has locked. The audit event has the
    `reason`, and on whose behalf an operator did it (`by`)."""
    await store_removal(work, tenant_of(organization_id), user_id)
    changes = {"status": (status, UserStatus.REMOVED.value), **created({"reason": reason, "by": by})}
    await work.audit(AuditEntry(AuditKind.USER_REMOVED, user_id, organization_id, changes=changes))


async def restore_user(work: UnitOfWork, user_id: UUID | None) -> UUID:
    """Restore a removed user as if they had just been created: pending, without a password, with a new activation mail,
    and with their previous access and permissions. Returns the user's id.

    Raises `MutationRejected` as `lock_user` does, including NOT_REMOVED; ERASED; REAUTHENTICATION_REQUIRED; and
    RATE_LIMITED.
    """
    user = await lock_user(work, user_id, UserAction.RESTORE)
    require_recent_proof(work, user.actor)
    if user.row.erased_at is not None:
        raise MutationRejected(Problem(ErrorCode.ERASED, "The user's personal data has been erased.", ID))
    await restore_locked(work, user.organization_id, user.id)
    await send_activations(work, user.organization_id, {user.id: user.row.email}, lambda _: ID)
    await _audit(work, user, AuditKind.USER_RESTORED, UserStatus.PENDING)
    return user.id


async def restore_locked(work: UnitOfWork, tenant_id: UUID, user_id: UUID) -> None:
    """Make a removed user of a tenant, whose row the caller has locked, one who hasn't activated their account."""
    restored = {"removed_at": None, "activated_at": None, "password_hash": None, "deprovisioned_at": None}
    await work.execute(update(User).where(User.tenant_id == tenant_id, User.id == user_id).values(**restored))
    # Even if removal already did this: no old credential may work once the user is active again.
    await _end_all_access(work, tenant_id, user_id)


async def store_removal(work: UnitOfWork, tenant_id: UUID, *user_ids: UUID) -> None:
    """Remove these users of a tenant, who are locked, and end all their access."""
    removed = update(User).where(User.tenant_id == tenant_id, User.id.in_(user_ids))
    await work.execute(removed.values(removed_at=func.now(), template_id=None))
    await _end_all_access(work, tenant_id, *user_ids)


async def _end_all_access(work: UnitOfWork, tenant_id: UUID, *user_ids: UUID) -> None:
    await end_all_sessions(work, tenant_id, *user_ids)
    await delete_factors(work, tenant_id, *user_ids)
    # Staff have none.
    await revoke_api_clients_of(work, tenant_id, *user_ids)
    await revoke_scim_tokens_of(work, tenant_id, *user_ids)
    await revoke_mailed_links(work, tenant_id, *user_ids)


async def _audit(work: UnitOfWork, user: LockedUser, kind: AuditKind, status: UserStatus) -> None:
    await work.audit(status_entry(user.row, kind, status))


def status_entry(row: Row[*tuple[Any, ...]], kind: AuditKind, status: UserStatus) -> AuditEntry:
    """The event that a user got another status. `row` is that of `user_and_access` from before."""
    changes = {"status": (row.status, status.value)} if row.status != status else None
    return AuditEntry(kind, row.id, row.organization_id, changes=changes)
