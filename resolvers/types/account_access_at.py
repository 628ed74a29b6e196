"""Who had access to an account at an earlier time. The row is the one that `account` selects."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, union_all

from authz.access import Access
from authz.model.actions import VIEW
from models import ACCOUNT_KINDS, AccountKind, AuditEvent
from resolvers.past_access.expired import decoded, ends, is_over
from resolvers.past_access.reach import is_complete, is_visible, was_active
from resolvers.past_access.values import FLAGS, LISTS, PastValues, public_id
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row


def account(lookup: Row, access: Access) -> Select[Any]:
    """The contract account or delivery account that `lookup.account` names; no row if the actor doesn't see it, if they
    see no audit events, and for a time to come."""
    found = []
    for kind in ACCOUNT_KINDS:
        row = kind.accounts.__table__.alias()
        columns = row.c.id, row.c.organization_id, row.c.created_at, lookup.c.time.label("at")
        key, kind_ = decoded(lookup.c.account, kind.accounts.id_prefix), sql_literal(kind.field).label("kind")
        seen = row.c.id == key, access.may(VIEW, kind.accounts, row), lookup.c.time <= func.now()
        found.append(select(*columns, kind_).where(*seen).correlate_except(row))
    rows = union_all(*found).subquery()
    sees_events = access.may(VIEW, AuditEvent, AuditEvent.__table__.alias()) is not false()
    return select(rows).where(true() if sees_events else false()).correlate_except(rows)


def users(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The active users who had the account."""
    had = [and_(row.c.kind == sql_literal(kind.field), _had(kind, row, user)) for kind in ACCOUNT_KINDS]
    return and_(_then(row, user, access), was_active(user, row.c.at), or_(*had))


def unknown(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The users of the organization, of that time, whose access at that time the trail doesn't record wholly."""
    return and_(_then(row, user, access), ~is_complete(user, row.c.at))


def _then(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    of_organization = user.c.organization_id == row.c.organization_id
    return and_(of_organization, user.c.created_at <= row.c.at, is_visible(user, access))


def _had(kind: AccountKind, row: Row, user: Row) -> ColumnElement[bool]:
    values, field = PastValues(user, row.c.at), LISTS[kind]
    id_ = public_id(kind, row.c.id)
    end = ends(values.value("accountEnds"))
    over = select(int_literal(1)).select_from(end).where(
        is_over(end, id_, "account", row.c.at, values.since(field))
    )  # fmt: skip
    listed = func.coalesce(func.jsonb_exists(values.value(field), id_), false())
    all_ = and_(row.c.created_at <= row.c.at, func.coalesce(values.is_true(FLAGS[kind]), false()))
    return or_(all_, and_(listed, ~exists(over.correlate_except(end))))
