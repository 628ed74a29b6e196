"""The values of a user's access at an earlier time.

Events record the values before and after each change of a user's access (`AccountAccess.to_audit`). So the value of a
field at a time is the one *after* the last change until then; else the one *before* the first change since; else the
one that is stored now. Events about a user are few, and have an index of their own (`models/audit_event.py`).
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from authz.access import Access
from models import ACCOUNT_KINDS, CONTRACT, DELIVERY, AccountKind, AuditEvent, AuditKind, UserPermission
from models.audit_event import CHANGED_KINDS
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row

CREATED: Final = (AuditKind.USER_CREATED, AuditKind.USER_INVITED)
CHANGED: Final = CHANGED_KINDS
LISTS: Final = {CONTRACT: "contractAccounts", DELIVERY: "deliveryAccounts"}
FLAGS: Final = {CONTRACT: "allContractAccounts", DELIVERY: "allDeliveryAccounts"}
"""The fields of each kind of accounts."""

FIELDS: Final = ("audience", "permissions", "permissionEnds", "accountEnds", *LISTS.values(), *FLAGS.values())
"""The fields of `AccountAccess.to_audit`."""


class PastValues:
    """The fields of the access of a user, a row of users, at the time `at`. Events and grants are of their
    organization."""

    def __init__(self, user: Row, at: ColumnElement[Any], access: Access) -> None:
        self.user = user
        self.at = at
        self._access = access

    def value(self, field: str) -> ColumnElement[Any]:
        """The JSON value of a field of `AccountAccess.to_audit`."""
        return func.coalesce(
            self._last(field, "value"), self._next(field), _stored(self.user, field, self._access), type_=JSONB()
        )

    def since(self, field: str) -> ColumnElement[Any]:
        """When the field was changed last, until the time; NULL if that isn't recorded."""
        return self._last(field, "time")

    def is_true(self, field: str) -> ColumnElement[bool]:
        """Whether a flag was set."""
        return self.value(field) == cast(sql_literal("true"), JSONB)

    def _last(self, field: str, what: str) -> ColumnElement[Any]:
        event = AuditEvent.__table__.alias()
        result = _pair(event, field, 1) if what == "value" else event.c.created_at
        changes = (
            _changes(event, self.user, field, self._access).add_columns(result).where(event.c.created_at <= self.at)
        )
        return only(changes.order_by(event.c.number.desc()), event)

    def _next(self, field: str) -> ColumnElement[Any]:
        event = AuditEvent.__table__.alias()
        changes = _changes(event, self.user, field, self._access).add_columns(_pair(event, field, 0))
        return only(changes.where(event.c.created_at > self.at).order_by(event.c.number), event)


def _changes(event: Row, user: Row, field: str, access: Access) -> Select[Any]:
    has_field = event.c.changes.op("?", is_comparison=True)(sql_literal(field))
    return select().where(is_about(event, user, access), is_one_of(event, CHANGED), has_field)


def is_about(event: Row, user: Row, access: Access) -> ColumnElement[bool]:
    """Whether an event is about the user, in whose organization it is recorded."""
    return and_(event.c.subject_id == user.c.id, access.same_organization(event, user))


def only(rows: Select[Any], event: Row) -> ColumnElement[Any]:
    """The value of the first of rows of events."""
    return rows.limit(int_literal(1)).correlate_except(event).scalar_subquery()


def _pair(event: Row, field: str, index: int) -> ColumnElement[Any]:
    change = event.c.changes.op("->", return_type=JSONB())(sql_literal(field))
    return change.op("->", return_type=JSONB())(int_literal(index))


def is_one_of(event: Row, kinds: Sequence[AuditKind]) -> ColumnElement[bool]:
    """Whether an event is of one of these kinds."""
    return event.c.kind.in_([sql_literal(kind.value) for kind in kinds])


def _stored(user: Row, field: str, access: Access) -> ColumnElement[Any]:
    """The value of the field as it is stored now, expired grants included."""
    for kind in ACCOUNT_KINDS:
        if field == FLAGS[kind]:
            return func.to_jsonb(user.c[f"all_{kind.field}"], type_=JSONB())
        if field == LISTS[kind]:
            return _stored_keys(kind, user, access)
    if field == "audience":
        return func.to_jsonb(user.c.audience, type_=JSONB())
    if field == "permissions":
        return _stored_keys(None, user, access)
    if field == "permissionEnds":
        return _stored_ends("permission", [None], user, access)
    return _stored_ends("account", ACCOUNT_KINDS, user, access)


def _grant(kind: AccountKind | None) -> tuple[Row, ColumnElement[str]]:
    """The grants of a kind of accounts, or of permissions, and their public keys."""
    if kind is None:
        permission = UserPermission.__table__.alias()
        return permission, permission.c.permission
    grant = kind.grants.__table__.alias()
    return grant, public_id(kind, grant.c[kind.key])


def _is_of(grant: Row, user: Row, access: Access) -> ColumnElement[bool]:
    return and_(grant.c.user_id == user.c.id, access.same_organization(grant, user))


def _stored_keys(kind: AccountKind | None, user: Row, access: Access) -> ColumnElement[Any]:
    grant, key = _grant(kind)
    keys = select(key).where(_is_of(grant, user, access)).correlate_except(grant)
    return func.to_jsonb(func.array(keys.scalar_subquery(), type_=ARRAY(Text())), type_=JSONB())


def _stored_ends(noun: str, kinds: Sequence[AccountKind | None], user: Row, access: Access) -> ColumnElement[Any]:
    found = []
    for kind in kinds:
        grant, key = _grant(kind)
        end = func.jsonb_build_object(sql_literal(noun), key, sql_literal("endsAt"), grant.c.ends_at, type_=JSONB())
        ends = select(end).where(_is_of(grant, user, access), grant.c.ends_at.is_not(None))
        found.append(func.array(ends.correlate_except(grant).scalar_subquery(), type_=ARRAY(JSONB())))
    joined = found[0] if len(found) == 1 else func.array_cat(*found, type_=ARRAY(JSONB()))
    return func.to_jsonb(joined, type_=JSONB())


def public_id(kind: AccountKind, key: ColumnElement[Any]) -> ColumnElement[str]:
    """The public id of an account."""
    return sql_literal(f"{kind.accounts.id_prefix}_").concat(cast(key, Text))
