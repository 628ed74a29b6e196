"""Ensures that an organization always keeps an unlimited admin.

An *unlimited admin* is active, in the audience ORGANIZATION, and has all contract accounts and USER_MANAGEMENT. A
pending user does not count, because they may never activate. Neither does a user whose USER_MANAGEMENT expires, because
an expiry cannot be rejected. The check runs under the lock on the organization (`lock.py`), so that two admins who are
removed at the same moment can't both count on the other.
"""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Uuid, all_, and_, bindparam, exists, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from models import Audience, Permission, User, UserPermission, is_active, is_of
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.errors import ErrorCode, Problem
from resolvers.mutations.users.lock import LockedUser
from resolvers.prepared_statement import PreparedStatement
from resolvers.query.json_sql import sql_literal
from resolvers.transaction.unit_of_work import UnitOfWork

MESSAGE = "There is no other active admin with all contract accounts."


async def last_admin_problems(
    work: UnitOfWork, user: LockedUser, before: AccountAccess, after: AccountAccess | None
) -> list[Problem]:
    """LAST_ADMIN if the user is the last unlimited admin of their organization and would no longer be one with `after`
    instead of `before`. `after` is None if the user is removed."""
    problem = problem_of_last_admin(user.row.activated_at, before, after)
    if problem is None or await has_other_admin(work, user.organization_id, user.id):
        return []
    return [problem]


def problem_of_last_admin(
    activated_at: datetime | None, before: AccountAccess, after: AccountAccess | None
) -> Problem | None:
    """The problem if the user is the last unlimited admin; None if it makes no difference whether they are."""
    field = None if activated_at is None else _lost_field(before, after)
    return None if field is None else Problem(ErrorCode.LAST_ADMIN, MESSAGE, ("input", field))


def _lost_field(before: AccountAccess, after: AccountAccess | None) -> str | None:
    """The input field by which an unlimited admin stops being one. Returns None if there is none."""
    if not all(_requirements(before).values()):
        return None
    requirements = _requirements(after) if after else {"id": False}
    return next((field for field, is_met in requirements.items() if not is_met), None)


def _requirements(access: AccountAccess) -> dict[str, bool]:
    return {
        "audience": access.audience == Audience.ORGANIZATION,
        "allContractAccounts": access.all_contract_accounts,
        "permissions": Permission.USER_MANAGEMENT in access.permissions,
        "permissionEnds": Permission.USER_MANAGEMENT not in access.ends(GrantKind.PERMISSION),
    }


async def has_other_admin(work: UnitOfWork, organization_id: UUID, *user_ids: UUID) -> bool:
    """Whether the organization has an unlimited admin other than these users."""
    parameters = {"admin_organization_id": organization_id, "admin_ids": user_ids}
    return (await work.execute(_select_other(), parameters)).first() is not None


@cache
def _select_other() -> PreparedStatement:
    organization_id = bindparam("admin_organization_id", type_=Uuid())
    others = _unlimited_admins(organization_id).where(User.id != all_(bindparam("admin_ids", type_=ARRAY(Uuid()))))
    return PreparedStatement(others.limit(literal_column("1")))


def is_last_admin(user: FromClause, organization_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a row of `user`, an alias of the table, is the only unlimited admin of the organization, which is
    theirs."""
    held = UserPermission.__table__.alias()
    own = held.c.organization_id == organization_id, held.c.user_id == user.c.id
    manages = and_(*own, held.c.permission == Permission.USER_MANAGEMENT.value, held.c.ends_at.is_(None))
    is_admin = user.c.audience == Audience.ORGANIZATION.value, user.c.all_contract_accounts, exists().where(manages)
    others = other_admins(organization_id, user.c.id)
    return and_(is_active(user), *is_admin, ~others.correlate(user).exists())


def other_admins(organization_id: ColumnElement[UUID], user_id: ColumnElement[UUID]) -> Select[UUID]:
    """The SELECT of the unlimited admins of the organization other than the user."""
    return _unlimited_admins(organization_id).where(User.id != user_id)


def _unlimited_admins(organization_id: ColumnElement[UUID]) -> Select[UUID]:
    return (
        select(User.id)
        .join(UserPermission, UserPermission.user_id == User.id)
        .where(
            is_of(User.__table__, organization_id),
            UserPermission.organization_id == organization_id,
            User.audience == sql_literal(Audience.ORGANIZATION),
            User.all_contract_accounts,
            is_active(User.__table__),
            UserPermission.permission == sql_literal(Permission.USER_MANAGEMENT),
            UserPermission.ends_at.is_(None),
        )
    )
