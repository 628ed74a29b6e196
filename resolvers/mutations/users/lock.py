"""Loads and locks the user that a mutation changes, and checks that the caller may change them.

A mutation that changes or removes a user also locks the row of their organization until it ends. Of two such mutations,
the second starts when the first has committed: they can't deadlock, and neither relies on access that the other is
removing. Nothing else waits for that lock, because creating a user takes a weaker one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, UserAction
from models import Organization, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types import user as user_fields

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A user that `actor` may change, locked until the end of the transaction.

    `row` has the columns of the user's row, and `status`.
    """

    row: Row[*tuple[Any, ...]]
    actor: Actor
    access: Access

    @property
    def id(self) -> UUID:
        """The id of the user."""
        key: UUID = self.row.id
        return key

    @property
    def organization_id(self) -> UUID:
        """The id of the user's organization."""
        key: UUID = self.row.organization_id
        return key


async def lock_user(work: UnitOfWork, user_id: UUID | None, action: UserAction) -> LockedUser:
    """Lock the user and check that the caller may perform `action` on them. A `user_id` of None is not found.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the user, for whatever reason;
    FORBIDDEN if they see the user but may not change them; ALREADY_ACTIVE, ALREADY_REMOVED or NOT_REMOVED if they may
    change the user, but the state of the user does not allow the action.
    """
    await _lock_organization(work)
    actor, access = await work.lock_actor()
    row = await _lock_row(work, actor, access, user_id)
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No user with this ID is visible to you.", ID))
    allowed = {option: bool(getattr(row, _label(option))) for option in UserAction}
    if not allowed[action]:
        raise MutationRejected(_denial(row, action, allowed))
    return LockedUser(row, actor, access)


async def _lock_organization(work: UnitOfWork) -> None:
    organization_id = work.caller.actor and work.caller.actor.organization_id
    if organization_id is not None:
        # Not FOR UPDATE, because inserting rows that refer to the organization, such as a new user, would wait for it.
        lock = select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
        await work.execute(lock)


async def _lock_row(
    work: UnitOfWork, actor: Actor, access: Access, user_id: UUID | None
) -> Row[*tuple[Any, ...]] | None:
    # Two statements, because a SELECT that had to wait for the lock sees the grants from before the wait.
    lock = select(User.id).where(User.id == user_id, User.organization_id == actor.organization_id)
    await work.execute(lock.with_for_update(key_share=True))
    user = User.__table__.alias()
    allowed = [access.may(action, User, user).is_(true()).label(_label(action)) for action in UserAction]
    columns = select(user, user_fields.status(user, access).label("status"), *allowed)
    return (
        await work.execute_as(actor, columns.where(user.c.id == user_id, access.may(VIEW, User, user)))
    ).one_or_none()


def _denial(row: Row[*tuple[Any, ...]], action: UserAction, allowed: Mapping[UserAction, bool]) -> Problem:
    # A caller who may perform the opposite action may change the user, so it is the state that forbids this one.
    if row.removed_at and allowed[UserAction.RESTORE]:
        return Problem(ErrorCode.ALREADY_REMOVED, "The user has been removed.", ID)
    if action is UserAction.RESTORE and allowed[UserAction.REMOVE]:
        return Problem(ErrorCode.NOT_REMOVED, "The user has not been removed.", ID)
    if action is UserAction.RESEND_ACTIVATION and row.activated_at and allowed[UserAction.UPDATE]:
        return Problem(ErrorCode.ALREADY_ACTIVE, "The user is already active.", ID)
    return Problem(ErrorCode.FORBIDDEN, "You may not do this with the user.", ID)


def _label(action: UserAction) -> str:
    return f"may_{action.value}"
