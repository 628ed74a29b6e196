"""Creates, changes, deactivates, reactivates and deletes users on behalf of an identity provider.

A new user has no access: it comes with the groups that they are added to, or from an admin. A user who is deactivated
or deleted loses what a group gave them, and keeps the rest, as if an admin had removed them.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, update

from authz.model.actions import UserAction
from models import Audience, AuditKind, User
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import access_problems
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.provisioning.external_ids import store_external_id
from resolvers.mutations.scim_tokens.authorize import authorize_provisioning
from resolvers.mutations.users.create import EMAIL
from resolvers.mutations.users.insert import Creator, add_users, email_taken_problem, require_creator
from resolvers.mutations.users.lifecycle import remove_user, restore_user
from resolvers.mutations.users.lock import ID, LockedUser, lock_user, row_locks
from resolvers.mutations.users.update import NewAccess, UserChange, change_locked_user
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import NewDetails, detail_problems, email_problems

NO_ACCESS: Final = AccountAccess(Audience.ORGANIZATION)
"""What a user has whom no group and no admin has given anything."""


def without_access() -> NewAccess:
    """The change that takes all access from a user."""
    return NewAccess(
        audience=Audience.ORGANIZATION,
        permissions=(),
        all_contract_accounts=False,
        contract_accounts=(),
        all_delivery_accounts=False,
        delivery_accounts=(),
    )


@dataclass(frozen=True, slots=True)
class ProvisionedUser:
    """A user as the identity provider wants them to be. None is no value; whether they are active
    then stays, and a new user is. The phone is in E.164."""

    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    external_id: str | None = None
    active: bool | None = None

    @property
    def details(self) -> NewDetails:
        """The details of the person."""
        return NewDetails(first_name=self.first_name, last_name=self.last_name, phone=self.phone)


async def provision_user(work: UnitOfWork, email: str, new: ProvisionedUser) -> UUID:
    """Create a user without access, and send the activation mail. Returns the user's id. The email is in lower case.

    A user whom the identity provider deleted before is restored instead, because their email stays taken. Raises
    `MutationRejected`: FORBIDDEN (alone) if the caller may not set up provisioning or create users; or INVALID,
    EMAIL_TAKEN, NOT_ASSIGNABLE, DUPLICATE, RATE_LIMITED.
    """
    organization = await authorize_provisioning(work, _locks(work))
    deleted = await _find_deleted(work, organization.id, email)
    if deleted is not None:
        await _bring_back(work, deleted, new)
        return deleted
    creator = await require_creator(work, [email], NO_ACCESS)
    user_id = await _add(work, creator, email, new)
    await _store_external_id(work, creator.organization_id, user_id, new.external_id)
    if new.active is False:
        await remove_user(work, user_id)
    return user_id


async def _add(work: UnitOfWork, creator: Creator, email: str, new: ProvisionedUser) -> UUID:
    problems = [
        *email_problems(email),
        *detail_problems(new.details),
        *([email_taken_problem("email")] if email in creator.taken_emails else ()),
        *access_problems(creator.access, creator.facts, NO_ACCESS),
    ]
    mails = work.mail_batch([] if problems else [(email, EMAIL)])
    async with work.context.limits.create_user(creator.actor.id, EMAIL, mails) as counted:
        if problems:
            raise MutationRejected(problems)
        # The activation mail leaves here. If the organization's users sign in elsewhere, this is where it would not.
        added = await add_users(
            work,
            creator,
            NO_ACCESS,
            {email: new.details},
            AuditKind.USER_CREATED,
            path_of=lambda _: EMAIL,
            mails=counted,
        )
        if not added:
            raise MutationRejected(email_taken_problem("email"))
        return added[email]


async def change_provisioned_user(
    work: UnitOfWork, user_id: UUID | None, wanted: ProvisionedUser, version: int | None = None
) -> None:
    """Make a user what the identity provider wants. `version` is the version of the user that it has read, if that
    matters.

    A removed user is restored, or only gets other details. Raises `MutationRejected` as `lock_user` does, including
    NOT_FOUND for a user whom the identity provider has deleted; STALE; INVALID, DUPLICATE, LAST_ADMIN, ERASED,
    RATE_LIMITED.
    """
    row = await _lock(work, user_id, version)
    is_removed = row.removed_at is not None
    if is_removed and wanted.active:
        await restore_user(work, row.id)
        is_removed = False
    user = await lock_user(work, row.id, UserAction.RESTORE if is_removed else UserAction.UPDATE)
    await change_locked_user(work, user, UserChange(user.row.version, wanted.details))
    await _store_external_id(work, user.organization_id, user.id, wanted.external_id)
    if not is_removed and wanted.active is False:
        await _deactivate(work, user)


async def deprovision_user(work: UnitOfWork, user_id: UUID | None, version: int | None = None) -> None:
    """Remove a user for good, as far as the identity provider is concerned: their row stays, and so does their email.

    Raises `MutationRejected` as `change_provisioned_user` does.
    """
    row = await _lock(work, user_id, version)
    action = UserAction.REMOVE if row.removed_at is None else UserAction.RESTORE
    user = await lock_user(work, row.id, action)
    if row.removed_at is None:
        await _deactivate(work, user)
    await _store_external_id(work, user.organization_id, user.id, None)
    is_user = User.tenant_id == user.organization_id, User.id == user.id
    await work.execute(update(User).where(*is_user).values(deprovisioned_at=func.now()))


async def _lock(work: UnitOfWork, user_id: UUID | None, version: int | None) -> Row[*tuple[Any, ...]]:
    """The row of a user of the organization who exists for SCIM, locked. Whether the caller sees them is for
    `lock_user` to say."""
    organization = await authorize_provisioning(work, _locks(work, user_id))
    columns = User.id, User.version, User.removed_at
    exists = User.tenant_id == organization.id, User.id == user_id, *_exists()
    row = (await work.execute(select(*columns).where(*exists))).one_or_none()
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No user with this ID is visible to you.", ID))
    if version is not None and row.version != version:
        # Only of a user whom the caller sees.
        await lock_user(work, row.id, UserAction.UPDATE if row.removed_at is None else UserAction.RESTORE)
        raise MutationRejected(Problem(ErrorCode.STALE, "The user has been changed since you last read them.", ID))
    return row


def _exists() -> tuple[Any, ...]:
    return User.deprovisioned_at.is_(None), User.erased_at.is_(None)


def _locks(work: UnitOfWork, *user_ids: UUID | None) -> RowLocks | None:
    return row_locks(work.caller.actor, user_ids) if work.caller.actor else None


async def _find_deleted(work: UnitOfWork, organization_id: UUID, email: str) -> UUID | None:
    of_email = User.tenant_id == organization_id, User.email == email
    deleted = User.deprovisioned_at.is_not(None), User.erased_at.is_(None)
    found: UUID | None = (await work.execute(select(User.id).where(*of_email, *deleted))).scalar_one_or_none()
    return found


async def _bring_back(work: UnitOfWork, user_id: UUID, new: ProvisionedUser) -> None:
    """Restore a user whom the identity provider deleted, without the access that they had."""
    await restore_user(work, user_id)
    user = await lock_user(work, user_id, UserAction.UPDATE)
    await change_locked_user(work, user, UserChange(user.row.version, new.details, without_access()))
    await _store_external_id(work, user.organization_id, user.id, new.external_id)
    if new.active is False:
        await remove_user(work, user_id)


async def _deactivate(work: UnitOfWork, user: LockedUser) -> None:
    if user.row.template_id is not None:
        await change_locked_user(work, user, UserChange(user.row.version, access=without_access()))
    await remove_user(work, user.id)


async def _store_external_id(work: UnitOfWork, organization_id: UUID, user_id: UUID, external_id: str | None) -> None:
    changes = await store_external_id(work, User, organization_id, user_id, external_id)
    if changes:
        await work.audit(AuditEntry(AuditKind.USER_UPDATED, user_id, organization_id, changes=changes))
