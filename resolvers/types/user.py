"""Users: their lifecycle, their access, what is computed, and how they are searched and ordered."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, any_, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.model.resources import UserAction
from models import ContractGrant, DeliveryGrant, OneTimeToken, Permission, TokenPurpose, User, UserPermission, in_force
from resolvers.query.edge_conditions import exists_per_row, granted
from resolvers.query.filters import BY_CREATION, BY_NAME, both_ways, id_in, one_of
from resolvers.query.json_sql import quoted
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.search import search
from resolvers.query.viewer_can import viewer_can
from resolvers.types.user_activation import in_mail_state
from resolvers.types.user_expiry import BEFORE


class UserStatus(StrEnum):
    """Where a user is in their lifecycle. Computed, never stored: time alone makes a pending user an expired one."""

    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


can = viewer_can(User, UserAction)


def status(user: Row, _access: Access) -> ColumnElement[str]:
    """The user's `UserStatus`."""
    return status_of(user)


def display_name(user: Row, _access: Access) -> ColumnElement[str]:
    """First and last name, or the email of whom has neither."""
    return name_of(user)


def name_of(user: Row) -> ColumnElement[str]:
    """The same, whoever asks."""
    names = func.concat_ws(quoted(" "), user.c.first_name, user.c.last_name)
    return func.coalesce(func.nullif(names, quoted("")), user.c.email)


def permissions(user: Row, _access: Access) -> ColumnElement[Any]:
    """The user's permissions, as an array in the order of the matrix."""
    given = UserPermission.__table__.alias()
    matrix = quoted("{" + ",".join(Permission) + "}").cast(ARRAY(Text))
    order = func.array_position(matrix, given.c.permission)
    held = select(given.c.permission).where(given.c.user_id == user.c.id, in_force(given)).order_by(order)
    return func.array(held.correlate_except(given).scalar_subquery(), type_=ARRAY(Text))


def contract_accounts(user: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The contract accounts in the user's access: all of the organization, or those granted one by one."""
    grant = ContractGrant.__table__.alias()
    keys = select(grant.c.contract_account_id).where(grant.c.user_id == user.c.id, in_force(grant))
    return granted(account.c.id, keys, grant, otherwise=_all_of_organization(user, account, "all_contract_accounts"))


def delivery_accounts(user: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The delivery accounts in the user's access: all of the organization, or those granted one by one."""
    grant = DeliveryGrant.__table__.alias()
    keys = select(grant.c.delivery_account_id).where(grant.c.user_id == user.c.id, in_force(grant))
    return granted(account.c.id, keys, grant, otherwise=_all_of_organization(user, account, "all_delivery_accounts"))


def _all_of_organization(user: Row, account: Row, flag: str) -> ColumnElement[bool]:
    # As one comparison, and not flag AND organization, an index finds nothing at once where the flag is not set.
    return account.c.organization_id == case((user.c[flag], user.c.organization_id))


def status_of(user: Row) -> ColumnElement[str]:
    """The `UserStatus` of a row of users, whoever asks."""
    return _by_status(user, {each: str(each) for each in UserStatus})


def _status_rank(user: Row) -> ColumnElement[str]:
    return _by_status(user, {each: str(place) for place, each in enumerate(UserStatus)})


def _by_status(user: Row, values: dict[UserStatus, str]) -> ColumnElement[str]:
    return case(
        (user.c.removed_at.is_not(None), quoted(values[UserStatus.REMOVED])),
        (user.c.activated_at.is_not(None), quoted(values[UserStatus.ACTIVE])),
        (_may_activate(user), quoted(values[UserStatus.PENDING])),
        else_=quoted(values[UserStatus.EXPIRED]),
    )


def _may_activate(user: Row) -> ColumnElement[bool]:
    token = OneTimeToken.__table__.alias()
    # Written out for the planner to see that the partial unique index on open tokens serves it.
    open_ = and_(token.c.used_at.is_(None), token.c.revoked_at.is_(None), token.c.expires_at > func.now())
    good = select(quoted("1")).where(
        token.c.user_id == user.c.id, token.c.purpose == quoted(TokenPurpose.ACTIVATION), open_
    )
    return exists_per_row(good.correlate_except(token))


def _has_permission(user: Row, wanted: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    given = UserPermission.__table__.alias()
    theirs = and_(given.c.user_id == user.c.id, in_force(given))
    holds = select(quoted("1")).where(theirs, given.c.permission == any_(wanted))
    return holds.correlate_except(given).exists()


FILTERS: Final[dict[str, Filter]] = {
    "search": search(lambda row: row.c.name_key),
    "ids": id_in("id"),
    "status": one_of(status_of),
    "audience": one_of(lambda row: row.c.audience),
    "kind": one_of(lambda row: row.c.kind),
    "permission": Filter(_has_permission, ARRAY(Text())),
    "country": one_of(lambda row: row.c.country),
    "mail": Filter(in_mail_state, ARRAY(Text())),
    "endsBefore": BEFORE,
}
ORDERS: Final[dict[str, Order]] = (
    BY_NAME | both_ways("EMAIL", lambda row: row.c.email) | both_ways("STATUS", _status_rank) | BY_CREATION
)
