"""Loads and locks the user that a mutation changes, and checks that the caller may change them.

A mutation that changes or removes a user also locks the row of their organization until it ends. Of two such mutations,
the second starts when the first has committed: they can't deadlock, and neither relies on access that the other is
removing. Nothing else waits for that lock, because creating a user takes a weaker one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Row,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import VIEW, UserAction
from models import ApiClient, Organization, ScimToken, User
from resolvers.access.account_access import AccountAccess
from resolvers.access.grants import stored_access, stored_grants, stored_grants_of_each, unseen_grants
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.placed_rows import for_organization, is_distributed
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.policy_statements import BuildSelect
from resolvers.transaction.row_locks import RowLocks
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types import user as user_fields

ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A user that `actor` may change, locked until the end of the transaction.

    `row` has the columns of the user's row, `status`, and those of `stored_grants` and `unseen_grants`.
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

    @property
    def stored_access(self) -> AccountAccess:
        """The user's access."""
        return stored_access(self.row)


async def lock_user(work: UnitOfWork, user_id: UUID | None, action: UserAction) -> LockedUser:
    """Lock the user and check that the caller may perform `action` on them. A `user_id` of None is not found.

    Raises `MutationRejected`: UNAUTHENTICATED; NOT_FOUND if the caller cannot see the user, for whatever reason;
    FORBIDDEN if they see the user but may not change them; ALREADY_ACTIVE, ALREADY_REMOVED or NOT_REMOVED if they may
    change the user, but the state of the user does not allow the action.
    """
    actor, access, rows = await _lock_and_select(work, user_and_access, {"user_id": user_id}, [user_id])
    row = rows[0] if rows else None
    work.record_check(VIEW, User, user_id, allowed=row is not None)
    if row is not None:
        work.record_check(action, User, user_id, allowed=may(row, action))
    return LockedUser(authorized(row, action), actor, access)


async def lock_rows(work: UnitOfWork, user_ids: Sequence[UUID | None]) -> tuple[Actor, Access]:
    """Lock the rows that a change of these users relies on, of those who are in the organization of the caller.
    Returns the actor and what they may do. Raises `MutationRejected` (UNAUTHENTICATED)."""
    return await work.lock_actor(_locks_of(work, user_ids))


def _locks_of(work: UnitOfWork, user_ids: Sequence[UUID | None]) -> RowLocks | None:
    return row_locks(work.caller.actor, user_ids) if work.caller.actor else None


async def lock_users(
    work: UnitOfWork, user_ids: Sequence[UUID | None], action: UserAction
) -> tuple[Actor, Access, dict[UUID, Row[*tuple[Any, ...]]]]:
    """Lock these users, in as many statements as one. Returns the actor and the rows of `users_and_access`, by id, of
    those whom the actor sees; `authorized` says whether they may perform `action` on one.

    Raises `MutationRejected` (UNAUTHENTICATED).
    """
    known = sorted({user_id for user_id in user_ids if user_id is not None})
    actor, access, found = await _lock_and_select(work, users_and_access, {"user_ids": known}, user_ids)
    rows = {row.id: row for row in found}
    for user_id in known:
        work.record_check(VIEW, User, user_id, allowed=user_id in rows)
        if user_id in rows:
            work.record_check(action, User, user_id, allowed=may(rows[user_id], action))
    return actor, access, rows


async def _lock_and_select(
    work: UnitOfWork, build: BuildSelect, parameters: Mapping[str, Any], user_ids: Sequence[UUID | None]
) -> tuple[Actor, Access, Sequence[Row[*tuple[Any, ...]]]]:
    locks, caller = _locks_of(work, user_ids), work.caller.actor
    if caller is None or caller.organization_id is not None or not await is_distributed(work.connection):
        return await work.lock_actor_and_select(build, parameters, locks=locks)
    # The users whom staff name are elsewhere than staff, and than each other.
    actor, access = await work.lock_actor(locks)
    known = [user_id for user_id in user_ids if user_id is not None]
    statement, found = users_and_access(access), list[Row[*tuple[Any, ...]]]()
    organizations = select(User.organization_id).distinct().where(User.id.in_(known))
    for organization_id in (await work.execute(organizations)).scalars().all():
        of_organization = await for_organization(work.connection, statement, organization_id)
        found += await work.execute(of_organization, {**actor.identity, "user_ids": known})
    return actor, access, found


def authorized(row: Row[*tuple[Any, ...]] | None, action: UserAction) -> Row[*tuple[Any, ...]]:
    """Returns the row of `user_and_access`. Raises `MutationRejected` as `lock_user` does if there is none, or it says
    that the actor may not perform `action`."""
    if row is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No user with this ID is visible to you.", ID))
    if not may(row, action):
        allowed = {option: may(row, option) for option in UserAction}
        raise MutationRejected(_denial(row, action, allowed))
    return row


def may(row: Row[*tuple[Any, ...]], action: UserAction) -> bool:
    """Whether the actor may perform `action` on the user with this row of `user_and_access`."""
    return bool(getattr(row, action_label(action)))


def row_locks(actor: Actor, user_ids: Sequence[UUID | None] = ()) -> RowLocks:
    """Locks the actor's organization, the actor and the users, in this order."""
    keys = sorted({user_id for user_id in user_ids if user_id is not None})
    parameters = {
        "organization_id": actor.organization_id,
        "tenant_id": actor.tenant_id,
        "actor_id": actor.id,
        "user_ids": keys,
    }
    if actor.program_id is None:
        return RowLocks(_lock_rows(None), parameters)
    program = ApiClient if actor.client_id is not None else ScimToken
    return RowLocks(_lock_rows(program), {**parameters, "program_id": actor.program_id})


@cache
def _lock_rows(program: type[ApiClient | ScimToken] | None) -> PreparedStatement:
    # Each CTE needs the count of the one before, so PostgreSQL takes the locks in this order.
    organization = bindparam("organization_id", type_=Uuid())
    # Not FOR UPDATE, because inserting rows that refer to the organization, such as a new user, would wait for it.
    first = select(Organization.id).where(Organization.id == organization).with_for_update(key_share=True)
    locked = [first.cte("locked_organization").prefix_with("MATERIALIZED")]

    def lock_next(name: str, row: Select[UUID]) -> None:
        after = select(func.count()).select_from(locked[-1]).scalar_subquery() >= literal_column("0")
        locked.append(row.where(after).cte(name).prefix_with("MATERIALIZED"))

    is_actor = User.tenant_id == _id("tenant_id"), User.id == _id("actor_id")
    lock_next("locked_actor", select(User.id).where(*is_actor).with_for_update(read=True))
    if program is not None:
        is_program = program.organization_id == _id("tenant_id"), program.id == _id("program_id")
        row = select(program.id).where(*is_program)
        lock_next("locked_program", row.with_for_update(read=True))
    users = select(User.id).where(User.id == any_(_ids("user_ids")), User.tenant_id == organization)
    lock_next("locked_users", users.order_by(User.id).with_for_update(key_share=True))
    return PreparedStatement(select(func.count()).select_from(locked[-1]))


def _id(name: str) -> BindParameter[UUID]:
    return bindparam(name, type_=Uuid())


def _ids(name: str) -> BindParameter[Sequence[UUID]]:
    return bindparam(name, type_=ARRAY(Uuid()))


def user_and_access(access: Access, actions: Iterable[UserAction] = UserAction) -> Select[*tuple[Any, ...]]:
    """The SELECT of the user with the parameter `user_id`, if the actor sees them: the columns of their row, `status`,
    those of `stored_grants` and `unseen_grants`, and whether the actor may perform each of `actions`."""
    user, grants = User.__table__.alias(), stored_grants(_id("user_id"), access.same_organization)
    columns = _columns(access, actions, user, _id("user_id"))
    rows = select(*columns, *grants).select_from(user, *grants)
    return rows.where(user.c.id == _id("user_id"), access.may(VIEW, User, user))


def users_and_access(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of those of the users with the parameter `user_ids` whom the actor sees: `user_and_access` of each."""
    user = User.__table__.alias()
    rows: FromClause = user
    grants = stored_grants_of_each(user, access)
    for each in grants:
        rows = rows.join(each, true())
    columns = select(*_columns(access, UserAction, user, user.c.id), *grants).select_from(rows)
    return columns.where(user.c.id == any_(_ids("user_ids")), access.may(VIEW, User, user))


def _columns(
    access: Access, actions: Iterable[UserAction], user: FromClause, user_id: ColumnElement[UUID]
) -> list[Any]:
    allowed = [access.may(action, User, user).is_(true()).label(action_label(action)) for action in actions]
    status = user_fields.status(user, access).label("status")
    return [user, status, *allowed, *unseen_grants(access, user, user_id)]


def _denial(row: Row[*tuple[Any, ...]], action: UserAction, allowed: Mapping[UserAction, bool]) -> Problem:
    # A caller who may perform the opposite action may change the user, so it is the state that forbids this one.
    if row.removed_at and allowed[UserAction.RESTORE]:
        return Problem(ErrorCode.ALREADY_REMOVED, "The user has been removed.", ID)
    if action is UserAction.RESTORE and allowed[UserAction.REMOVE]:
        return Problem(ErrorCode.NOT_REMOVED, "The user has not been removed.", ID)
    if action is UserAction.RESEND_ACTIVATION and row.activated_at and allowed[UserAction.UPDATE]:
        return Problem(ErrorCode.ALREADY_ACTIVE, "The user is already active.", ID)
    return Problem(ErrorCode.FORBIDDEN, "You may not do this with the user.", ID)


def action_label(action: UserAction) -> str:
    """The column of `user_and_access` with whether the actor may perform an action."""
    return f"may_{action.value}"
