"""When what a user was given ends, for their card and for finding them by it."""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, Text, and_, cast, or_, select, union_all
from sqlalchemy.sql.selectable import FromClause

from authz.access import Access
from authz.model.resources import VIEW
from models import ContractAccount, ContractGrant, DeliveryAccount, DeliveryGrant, UserPermission, not_expired
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Row

_GRANTS = (
    ("ca", ContractGrant, "contract_account_id", ContractAccount),
    ("da", DeliveryGrant, "delivery_account_id", DeliveryAccount),
)


def of_permissions(user: Row, _access: Access) -> Select[Any]:
    """The ends of the user's permissions, the next one first."""
    given = UserPermission.__table__.alias()
    ends = select(given.c.permission, given.c.ends_at).where(_of(user, given), not_expired(given))
    return ends.order_by(given.c.ends_at, given.c.permission).correlate_except(given)


def of_accounts(user: Row, access: Access) -> Select[Any]:
    """The ends of the accounts that the user was given, of those that the actor sees, the next one first."""
    ends = union_all(*_account_ends(user, access)).subquery()
    return select(ends).order_by(ends.c.ends_at, ends.c.name_key, ends.c.account).correlate_except(ends)


def _account_ends(user: Row, access: Access) -> list[Select[Any]]:
    ends = []
    for prefix, grants, key, accounts in _GRANTS:
        grant, account = grants.__table__.alias(), accounts.__table__.alias()
        joined = grant.join(account, account.c.id == grant.c[key])
        id_ = sql_literal(f"{prefix}_").concat(cast(account.c.id, Text)).label("account")
        columns = select(id_, account.c.name, account.c.name_key, grant.c.ends_at).select_from(joined)
        seen = columns.where(_of(user, grant), not_expired(grant), access.may(VIEW, accounts, account))
        ends.append(seen.correlate_except(grant, account))
    return ends


def _of(user: Row, grant: FromClause) -> ColumnElement[bool]:
    return and_(grant.c.user_id == user.c.id, grant.c.ends_at.is_not(None))


def _some_end_before(user: Row, moment: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    lists = (of_permissions(user, access), of_accounts(user, access))
    return or_(*(ends.where(ends.selected_columns.ends_at < moment).order_by(None).exists() for ends in lists))


BEFORE = Filter(_some_end_before, DateTime(timezone=True))
"""Users who lose something that the actor sees of them before a moment."""
