"""The access that a user had at an earlier time. Its row is the one that `state` selects."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from authz.access import Access
from authz.model.actions import VIEW
from models import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind, Audience, Permission, User
from resolvers.past_access.expired import decoded, ends, is_over, key_of, moment_of, texts
from resolvers.past_access.reach import is_complete, is_visible, reaches_back_to, was_active
from resolvers.past_access.values import FIELDS, FLAGS, LISTS, PastValues, public_id
from resolvers.query.edge_conditions import all_or_granted
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Alternatives, Row

_ENDING: Final = ("permissions", *LISTS.values())
"""The lists of grants, which may have ends."""


def state(lookup: Row, access: Access) -> Select[Any]:
    """The user whom `lookup.user` names, with the values of their access at `lookup.time`; no row if the actor doesn't
    see the user or one of the events that this is based on, and for a time to come."""
    user = User.__table__.alias()
    at = lookup.c.time
    values = PastValues(user, at, access)
    existed = user.c.created_at <= at
    then = [case((existed, values.value(field))).label(field) for field in FIELDS]
    since = [values.since(field).label(f"{field}_since") for field in _ENDING]
    columns = (
        user.c.id,
        user.c.organization_id,
        at.label("at"),
        existed.label("existed"),
        was_active(user, at, access).label("was_active"),
        reaches_back_to(user, access).label("reaches_back_to"),
        is_complete(user, at, access).label("is_complete"),
        *then,
        *since,
    )
    seen = user.c.id == decoded(lookup.c.user, User.id_prefix), at <= func.now(), is_visible(user, access)
    return select(*columns).where(*seen).offset(int_literal(0)).correlate_except(user)


def permissions(row: Row, _access: Access) -> ColumnElement[Any]:
    """The permissions, as an array in the order of the matrix."""
    matrix = sql_literal("{" + ",".join(Permission) + "}").cast(ARRAY(Text))
    keys = _granted(row, "permissions", "permissionEnds", "permission")
    place = func.array_position(matrix, keys.selected_columns[0])
    return func.array(keys.where(place.is_not(None)).order_by(place).scalar_subquery(), type_=ARRAY(Text()))


def audience(row: Row, _access: Access) -> ColumnElement[Any]:
    """The audience; NULL before the user existed."""
    return _audience(row)


def _audience(row: Row) -> ColumnElement[Any]:
    return row.c.audience.op("#>>", return_type=Text())(sql_literal("{}"))


def _is_organization(row: Row) -> ColumnElement[bool]:
    return func.coalesce(_audience(row) == sql_literal(Audience.ORGANIZATION.value), false())


def all_contract_accounts(row: Row, _access: Access) -> ColumnElement[bool]:
    """Whether the user had all contract accounts."""
    return _flag(row, CONTRACT)


def all_delivery_accounts(row: Row, _access: Access) -> ColumnElement[bool]:
    """Whether the user had all delivery accounts."""
    return _flag(row, DELIVERY)


def _flag(row: Row, kind: AccountKind) -> ColumnElement[bool]:
    return func.coalesce(row.c[FLAGS[kind]] == cast(sql_literal("true"), JSONB), false())


def contract_accounts(row: Row, account: Row, _access: Access) -> Alternatives:
    """The contract accounts that the user had."""
    return _accounts(CONTRACT, row, account)


def delivery_accounts(row: Row, account: Row, _access: Access) -> Alternatives:
    """The delivery accounts that the user had."""
    return _accounts(DELIVERY, row, account)


def _accounts(kind: AccountKind, row: Row, account: Row) -> Alternatives:
    keys, source = _granted_keys(kind, row)
    organizations = account.c.organization_id, row.c.organization_id
    listed = all_or_granted(_flag(row, kind), organizations, account.c.id, keys, source)
    return _of_that_time(row, account, listed)


def services(row: Row, service: Row, _access: Access) -> Alternatives:
    """The services of the contract accounts that the user had; for the delivery audience, those of their delivery
    accounts only. The accounts of a service never change."""
    has_contract, has_delivery = _flag(row, CONTRACT), or_(_is_organization(row), _flag(row, DELIVERY))
    of_contract, of_delivery = _has_key(CONTRACT, row, service), _has_key(DELIVERY, row, service)
    everything = case((and_(has_contract, has_delivery), row.c.organization_id))
    of_all = service.c.organization_id == everything
    of_owner = service.c.organization_id == row.c.organization_id
    contracts = and_(~has_contract, of_owner, of_contract, or_(has_delivery, of_delivery))
    deliveries = and_(has_contract, ~has_delivery, of_owner, of_delivery)
    found = Alternatives(or_(of_all, contracts, deliveries), (of_all, contracts, deliveries))
    return _of_that_time(row, service, found)


def _of_that_time(row: Row, thing: Row, found: Alternatives) -> Alternatives:
    """Those of the accounts or services that existed at the time."""
    existed = thing.c.created_at <= row.c.at
    return Alternatives(and_(found.combined, existed), tuple(and_(each, existed) for each in found.apart))


def _has_key(kind: AccountKind, row: Row, service: Row) -> ColumnElement[bool]:
    keys, source = _granted_keys(kind, row)
    listed = func.array(keys.correlate_except(source).scalar_subquery(), type_=ARRAY(Uuid()))
    return service.c[kind.key] == any_(listed)


def _granted_keys(kind: AccountKind, row: Row) -> tuple[Select[Any], FromClause]:
    """The keys of the accounts that the user was given one by one, and where they are selected from."""
    granted = _granted(row, LISTS[kind], "accountEnds", "account")
    key = decoded(granted.selected_columns[0], kind.accounts.id_prefix)
    (source,) = granted.get_final_froms()
    return granted.with_only_columns(key), source


def user(row: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user."""
    return user.c.id == row.c.id


def _granted(row: Row, field: str, ends_field: str, noun: str) -> Select[Any]:
    """The keys in the list of a field that had not expired."""
    keys = texts(row.c[field])
    end = ends(row.c[ends_field])
    ended = is_over(end, keys.c.key, noun, row.c.at, row.c[f"{field}_since"])
    over = select(int_literal(1)).select_from(end).where(ended).correlate_except(end)
    return select(keys.c.key).select_from(keys).where(~exists(over)).correlate_except(keys)


def permission_ends(row: Row, _access: Access) -> Select[Any]:
    """When the permissions were to expire, soonest first."""
    end = ends(row.c.permissionEnds)
    held = _granted(row, "permissions", "permissionEnds", "permission")
    permission = key_of(end, "permission")
    columns = select(permission.label("permission"), moment_of(end).label("ends_at")).select_from(end)
    open_ = columns.where(moment_of(end) > row.c.at, permission.in_(held))
    return open_.order_by(moment_of(end), permission).correlate_except(end)


def account_ends(row: Row, access: Access) -> Select[Any]:
    """When the accounts that the actor can see were to expire, soonest first."""
    found = union_all(*(_account_ends(kind, row, access) for kind in ACCOUNT_KINDS)).subquery()
    return select(found).order_by(found.c.ends_at, found.c.name_key, found.c.account).correlate_except(found)


def _account_ends(kind: AccountKind, row: Row, access: Access) -> Select[Any]:
    end, account = ends(row.c.accountEnds), kind.accounts.__table__.alias()
    id_, listed = public_id(kind, account.c.id), _granted(row, LISTS[kind], "accountEnds", "account")
    columns = (id_.label("account"), account.c.name, account.c.name_key, moment_of(end).label("ends_at"))
    key = decoded(key_of(end, "account"), kind.accounts.id_prefix)
    joined = select(*columns).select_from(end.join(account, account.c.id == key))
    inside = access.same_organization(account, row, checked=True), access.may(VIEW, kind.accounts, account)
    seen = moment_of(end) > row.c.at, id_.in_(listed), *inside
    return joined.where(*seen).correlate_except(end, account)
