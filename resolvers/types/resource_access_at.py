"""Who had access to an account or a service at an earlier time. The row is the one that `resource` selects."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    exists,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.model.actions import VIEW
from models import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind, Audience, AuditEvent, Base, Service, is_of
from resolvers.past_access.candidates import possible_holders
from resolvers.past_access.expired import decoded, ends, is_over
from resolvers.past_access.reach import is_complete, is_visible, was_active
from resolvers.past_access.values import FLAGS, LISTS, PastValues, public_id
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row


def resource(lookup: Row, access: Access) -> Select[Any]:
    """The contract account, delivery account or service that `lookup.on` names, with the keys of the accounts that give
    access to it; no row if the actor doesn't see it, if they see no audit events, and for a time to come."""
    models = *(kind.accounts for kind in ACCOUNT_KINDS), Service
    rows = union_all(*(_named(model, lookup, access) for model in models)).subquery()
    sees_events = access.may(VIEW, AuditEvent, AuditEvent.__table__.alias()) is not false()
    return select(rows).where(true() if sees_events else false()).correlate_except(rows)


def _named(model: Any, lookup: Row, access: Access) -> Select[Any]:
    row = model.__table__.alias()
    columns = row.c.id, row.c.organization_id, row.c.created_at, lookup.c.time.label("at")
    keys = [_key(kind, model, row).label(kind.key) for kind in ACCOUNT_KINDS]
    named = row.c.id == decoded(lookup.c.on, model.id_prefix)
    seen = named, access.may(VIEW, model, row), lookup.c.time <= func.now()
    return select(*columns, *keys).where(*seen).correlate_except(row)


def _key(kind: AccountKind, model: type[Base], row: Row) -> ColumnElement[Any]:
    """The key of the account of a kind; NULL if none is needed. The accounts of a service never change."""
    if model is Service:
        return row.c[kind.key]
    return row.c.id if model is kind.accounts else sql_cast(null(), Uuid())


def users(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The active users who had the account, or the accounts of the service that their audience requires."""
    values = PastValues(user, row.c.at, access)
    had = or_(row.c[CONTRACT.key].is_(None), _had(CONTRACT, row, values))
    of_service = row.c[CONTRACT.key].is_not(None)
    suffices = and_(of_service, _is_organization(values))
    had_delivery = or_(row.c[DELIVERY.key].is_(None), suffices, _had(DELIVERY, row, values))
    existed = row.c.created_at <= row.c.at
    return and_(
        _possible(row, user, access),
        existed,
        _then(row, user, access),
        was_active(user, row.c.at, access),
        had,
        had_delivery,
    )


def _possible(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """Whether the user may have had it at any time. Everybody who had a service had its contract account."""
    contract = row.c[CONTRACT.key]
    delivery = case((contract.is_(None), row.c[DELIVERY.key]))
    keys_by_kind = ((CONTRACT, contract), (DELIVERY, delivery))
    found = [possible_holders(kind, key, row, access) for kind, key in keys_by_kind]
    ids = union_all(*(users.correlate_except(source) for users, source in found)).subquery()
    # As an array, it is read once per resource, and users are found by their ids.
    keys = func.array(select(ids.c.id).correlate_except(ids).scalar_subquery(), type_=ARRAY(Uuid()))
    return user.c.id == any_(keys)


def unknown(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """The users of the organization, of that time, whose access at that time the trail doesn't record wholly."""
    return and_(_then(row, user, access), ~is_complete(user, row.c.at, access))


def _then(row: Row, user: Row, access: Access) -> ColumnElement[bool]:
    return and_(is_of(user, row.c.organization_id), user.c.created_at <= row.c.at, is_visible(user, access))


def _is_organization(values: PastValues) -> ColumnElement[bool]:
    audience = values.value("audience").op("#>>", return_type=Text())(sql_literal("{}"))
    return func.coalesce(audience == sql_literal(Audience.ORGANIZATION.value), false())


def _had(kind: AccountKind, row: Row, values: PastValues) -> ColumnElement[bool]:
    field = LISTS[kind]
    id_ = public_id(kind, row.c[kind.key])
    end = ends(values.value("accountEnds"))
    over = select(int_literal(1)).select_from(end).where(
        is_over(end, id_, "account", row.c.at, values.since(field))
    )  # fmt: skip
    listed = func.coalesce(func.jsonb_exists(values.value(field), id_), false())
    all_ = func.coalesce(values.is_true(FLAGS[kind]), false())
    return or_(all_, and_(listed, ~exists(over.correlate_except(end))))
