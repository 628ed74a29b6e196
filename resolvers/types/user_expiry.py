"""When a user's permissions and accounts expire, and the filter by expiry."""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, Text, and_, cast, func, or_, select, tuple_, union_all
from sqlalchemy.sql.selectable import FromClause

from authz.access import Access
from authz.model.actions import VIEW
from models import ACCOUNT_KINDS, AccountKind, UserPermission, not_expired
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Row


def permission_ends(user: Row, access: Access) -> Select[Any]:
    """The expiry of the user's permissions, soonest first."""
    grant = UserPermission.__table__.alias()
    ends = select(grant.c.permission, grant.c.ends_at).where(_of(user, grant, access), not_expired(grant))
    return ends.order_by(grant.c.ends_at, grant.c.permission).correlate_except(grant)


def account_ends(user: Row, access: Access) -> Select[Any]:
    """The expiry of the accounts granted to the user that the actor can see, soonest first."""
    ends = union_all(*_account_ends(user, access)).subquery()
    return select(ends).order_by(ends.c.ends_at, ends.c.name_key, ends.c.account).correlate_except(ends)


def _account_ends(user: Row, access: Access) -> list[Select[Any]]:
    ends = []
    for kind in ACCOUNT_KINDS:
        grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
        joined = grant.join(account, account.c.id == grant.c[kind.key])
        id_ = sql_literal(f"{kind.accounts.id_prefix}_").concat(cast(account.c.id, Text)).label("account")
        columns = select(id_, account.c.name, account.c.name_key, grant.c.ends_at).select_from(joined)
        inside = access.same_organization(account, user, checked=True), access.may(VIEW, kind.accounts, account)
        seen = columns.where(_of(user, grant, access), not_expired(grant), *inside)
        ends.append(seen.correlate_except(grant, account))
    return ends


def _of(user: Row, grant: FromClause, access: Access) -> ColumnElement[bool]:
    return and_(grant.c.user_id == user.c.id, access.same_organization(grant, user), grant.c.ends_at.is_not(None))


def _any_ends_before(user: Row, time: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """From the grants that end soonest to their users, of whom there are few."""
    held = UserPermission.__table__.alias()
    ending = access.same_organization(held), not_expired(held), _ends_before(held, time)
    permissions = select(held.c.organization_id, held.c.user_id).where(*ending)
    accounts = (_with_accounts_ending(kind, time, access) for kind in ACCOUNT_KINDS)
    # The organization is for the index on the ends of grants.
    return tuple_(user.c.organization_id, user.c.id).in_(union_all(permissions.correlate_except(held), *accounts))


def _any_ends_before_of(user: Row, time: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """From each user to their grants that end."""
    held = UserPermission.__table__.alias()
    ending = _of(user, held, access), not_expired(held), held.c.ends_at < time
    permissions = select(sql_literal("1")).where(*ending)
    accounts = [ends.where(ends.selected_columns.ends_at < time) for ends in _account_ends(user, access)]
    return or_(*map(exists_per_row, (permissions.correlate_except(held), *accounts)))


def _with_accounts_ending(kind: AccountKind, time: ColumnElement[Any], access: Access) -> Select[Any]:
    grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
    joined = grant.join(account, account.c.id == grant.c[kind.key])
    users = select(grant.c.organization_id, grant.c.user_id).select_from(joined)
    seen = access.same_organization(account, grant, checked=True), access.may(VIEW, kind.accounts, account)
    ending = access.same_organization(grant), not_expired(grant), _ends_before(grant, time)
    return users.where(*ending, *seen).correlate_except(grant, account)


def _ends_before(grant: FromClause, time: ColumnElement[Any]) -> ColumnElement[bool]:
    # The first half repeats `not_expired` in a form that the index serves.
    return and_(grant.c.ends_at > func.now(), grant.c.ends_at < time)


ENDS_BEFORE = Filter(_any_ends_before, DateTime(timezone=True), for_rows=_any_ends_before_of, by_index=_any_ends_before)
"""Users with a grant visible to the actor that expires before a time."""
