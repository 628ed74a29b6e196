"""The user whom a mutation is about: locked, and looked at with the eyes of the policy.

Whoever changes what users of an organization have, or takes a user away, holds the organization's row for the time. So
of two such changes the second starts when the first is committed: they can't wait for each other in a circle, and none
is decided by what the other is just taking away. Nobody else waits for that lock: making a user takes a weaker one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, true

from authz.access import Access
from authz.actor import Actor
from authz.model.resources import VIEW, UserAction
from models import Organization, User
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types import user as user_fields

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A user whom `actor` may change, and whom nobody else changes until the end of the transaction.

    `row` has the columns of the user's row, and `status`.
    """

    row: Row[*tuple[Any, ...]]
    actor: Actor
    access: Access

    @property
    def id(self) -> UUID:
        """The key of the user."""
        key: UUID = self.row.id
        return key

    @property
    def organization_id(self) -> UUID:
        """Whose user it is."""
        key: UUID = self.row.organization_id
        return key


async def lock_user(work: UnitOfWork, user_id: UUID | None, action: UserAction) -> LockedUser:
    """The user to whom the caller is about to do `action`; None stands for an id that can be no user's.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND for whom the caller does not see, alike for whatever
    reason; FORBIDDEN
    for whom they see but may not change; and ALREADY_ACTIVE, ALREADY_REMOVED or NOT_REMOVED where they may change the
    user, but the state of the user does not allow this.
    """
    await _hold_organization(work)
    actor, access = await work.lock_actor()
    row = await _seen(work, actor, access, user_id)
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "There is no such user that you can see.", ID))
    allowed = {each: bool(getattr(row, _name(each))) for each in UserAction}
    if not allowed[action]:
        raise MutationRejected(_why_not(row, action, allowed))
    return LockedUser(row, actor, access)


async def _hold_organization(work: UnitOfWork) -> None:
    organization_id = work.caller.actor and work.caller.actor.organization_id
    if organization_id is not None:
        # Not FOR UPDATE, which rows that refer to the organization, such as those of a new user, would wait for.
        lock = select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True)
        await work.execute(lock)


async def _seen(work: UnitOfWork, actor: Actor, access: Access, user_id: UUID | None) -> Row[*tuple[Any, ...]] | None:
    # Two statements, since a SELECT that had to wait for the lock sees the grants of before the wait.
    own = select(User.id).where(User.id == user_id, User.organization_id == actor.organization_id)
    await work.execute(own.with_for_update(key_share=True))
    user = User.__table__.alias()
    allowed = [access.may(action, User, user).is_(true()).label(_name(action)) for action in UserAction]
    columns = select(user, user_fields.status(user, access).label("status"), *allowed)
    return (
        await work.execute_as(actor, columns.where(user.c.id == user_id, access.may(VIEW, User, user)))
    ).one_or_none()


def _why_not(row: Row[*tuple[Any, ...]], action: UserAction, allowed: Mapping[UserAction, bool]) -> Problem:
    # Who may do the opposite may change the user: then it is the state that forbids.
    if row.removed_at and allowed[UserAction.RESTORE]:
        return Problem(ErrorCode.ALREADY_REMOVED, "The user has been removed.", ID)
    if action is UserAction.RESTORE and allowed[UserAction.REMOVE]:
        return Problem(ErrorCode.NOT_REMOVED, "The user has not been removed.", ID)
    if action is UserAction.RESEND_ACTIVATION and row.activated_at and allowed[UserAction.UPDATE]:
        return Problem(ErrorCode.ALREADY_ACTIVE, "The user is active already.", ID)
    return Problem(ErrorCode.FORBIDDEN, "You may not do this to the user.", ID)


def _name(action: UserAction) -> str:
    return f"may_{action.value}"
