"""Users: lifecycle status, permissions and accounts, filters and orders."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    and_,
    any_,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.actor import ACTOR_ID, ActorKind
from authz.model.actions import VIEW, UserAction
from models import (
    ACCOUNT_KINDS,
    CONTRACT,
    DELIVERY,
    NEVER_SIGNED_IN,
    AccountKind,
    ContractGrant,
    DeliveryGrant,
    LifecycleStage,
    OneTimeToken,
    Permission,
    TokenPurpose,
    User,
    UserPermission,
    is_active,
    is_inactive,
    lifecycle_stage,
    not_expired,
)
from resolvers.query.edge_conditions import all_or_granted, exists_per_row
from resolvers.query.filters import BY_CREATION, BY_NAME, Value, asc_and_desc, in_ids, in_values, search
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.matching import comparable_time, matching
from resolvers.query.registry import Alternatives, Filter, Inside, Order, Part, Row
from resolvers.query.viewer_can import viewer_can
from resolvers.types.user_activation import has_mail_status, has_mail_status_by_index
from resolvers.types.user_expiry import ENDS_BEFORE


class UserStatus(StrEnum):
    """Where a user is in their lifecycle. Computed, never stored: a pending user becomes expired by time alone."""

    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"


can = viewer_can(User, UserAction)


def can_view_as(user: Row, access: Access) -> ColumnElement[bool]:
    """Whether the actor may view as the user: whoever may update a user may. API clients may not, nobody views as
    themselves or while they view as somebody else, and only an active user sees anything."""
    if access.traits.kind is ActorKind.CLIENT or access.viewed_by is not None:
        return false()
    may_update = access.may_any_visible([UserAction.UPDATE], User, user)
    return and_(user.c.id != ACTOR_ID, is_active(user), may_update).is_(true())


def status(user: Row, access: Access) -> ColumnElement[str]:
    """The user's `UserStatus`."""
    return status_of(user, access.same_organization)


def display_name(user: Row, _access: Access) -> ColumnElement[str]:
    """First and last name, or the email if the user has neither."""
    return display_name_of(user)


def display_name_of(user: Row) -> ColumnElement[str]:
    """The same for any actor."""
    names = func.concat_ws(sql_literal(" "), user.c.first_name, user.c.last_name)
    return func.coalesce(func.nullif(names, sql_literal("")), user.c.email)


def permissions(user: Row, access: Access) -> ColumnElement[Any]:
    """The user's permissions, as an array in the order of the matrix."""
    grant = UserPermission.__table__.alias()
    matrix = sql_literal("{" + ",".join(Permission) + "}").cast(ARRAY(Text))
    order = func.array_position(matrix, grant.c.permission)
    held = _of_user(grant, user, access)
    granted = select(grant.c.permission).where(held, not_expired(grant)).order_by(order)
    return func.array(granted.correlate_except(grant).scalar_subquery(), type_=ARRAY(Text))


def similar_users(user: Row, other: Row, _access: Access) -> ColumnElement[bool]:
    """Other users whose email looks the same (UTS #39)."""
    return and_(other.c.email_skeleton == user.c.email_skeleton, other.c.id != user.c.id)


def _of_user(grant: Row, user: Row, access: Access) -> ColumnElement[bool]:
    return and_(grant.c.user_id == user.c.id, access.same_organization(grant, user))


def contract_accounts(user: Row, account: Row, access: Access) -> Alternatives:
    """The contract accounts that the user has access to: all of the organization, or those granted individually."""
    grant = ContractGrant.__table__.alias()
    keys = select(grant.c.contract_account_id).where(_of_user(grant, user, access), not_expired(grant))
    organizations = account.c.organization_id, user.c.organization_id
    return all_or_granted(user.c.all_contract_accounts, organizations, account.c.id, keys, grant)


def delivery_accounts(user: Row, account: Row, access: Access) -> Alternatives:
    """The delivery accounts that the user has access to: all of the organization, or those granted individually."""
    grant = DeliveryGrant.__table__.alias()
    keys = select(grant.c.delivery_account_id).where(_of_user(grant, user, access), not_expired(grant))
    organizations = account.c.organization_id, user.c.organization_id
    return all_or_granted(user.c.all_delivery_accounts, organizations, account.c.id, keys, grant)


def may_have_more_accounts(user: Row, access: Access) -> ColumnElement[Any]:
    """Whether the user may have accounts that the actor doesn't see; NULL for an actor who manages no users.

    Of *all* accounts, it is what the actor may give that decides: whether there is an account that the actor doesn't
    see must not show.
    """
    scope = access.assignable
    if scope is None:
        return literal_column("NULL::boolean")
    in_audience = user.c.audience == any_(sql_literal("{" + ",".join(sorted(scope.audiences)) + "}").cast(ARRAY(Text)))
    gives_all = {CONTRACT: scope.all_contract_accounts, DELIVERY: scope.all_delivery_accounts}
    more = []
    for kind in ACCOUNT_KINDS:
        has_all = user.c[f"all_{kind.field}"]
        more += [and_(has_all, not_(in_audience)) if gives_all[kind] else has_all, _has_unseen(kind, user, access)]
    return or_(*more)


def _has_unseen(kind: AccountKind, user: Row, access: Access) -> ColumnElement[bool]:
    """Whether the user was granted an account that the actor doesn't see."""
    grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
    inside = access.same_organization(account, user)
    granted = and_(_of_user(grant, user, access), not_expired(grant), account.c.id == grant.c[kind.key], inside)
    unseen = select(sql_literal("1")).where(granted, access.may(VIEW, kind.accounts, account).is_not(true()))
    return exists_per_row(unseen.correlate_except(grant, account))


def status_of(user: Row, inside: Inside) -> ColumnElement[str]:
    """The `UserStatus` of a row of users, for any actor. `inside` says of which organization its links are."""
    return _by_status(user, {status: str(status) for status in UserStatus}, inside)


_RANKS: Final = {status: str(rank) for rank, status in enumerate(UserStatus)}


def _status_rank(user: Row, inside: Inside) -> ColumnElement[str]:
    return _by_status(user, _RANKS, inside)


def _by_status(user: Row, values: dict[UserStatus, str], inside: Inside) -> ColumnElement[str]:
    return case(
        (user.c.removed_at.is_not(None), sql_literal(values[UserStatus.REMOVED])),
        (user.c.activated_at.is_not(None), sql_literal(values[UserStatus.ACTIVE])),
        (_may_activate(user, inside), sql_literal(values[UserStatus.PENDING])),
        else_=sql_literal(values[UserStatus.EXPIRED]),
    )


def _in_stage(stage: LifecycleStage, user: Row) -> ColumnElement[bool]:
    return lifecycle_stage(user) == sql_literal(stage)


def _is_awaiting(user: Row) -> ColumnElement[bool]:
    return _in_stage(LifecycleStage.AWAITING, user)


_PARTS: Final = (
    Part(_RANKS[UserStatus.PENDING], lambda user, inside: and_(_is_awaiting(user), _may_activate(user, inside))),
    Part(_RANKS[UserStatus.EXPIRED], lambda user, inside: and_(_is_awaiting(user), ~_may_activate(user, inside))),
    Part(_RANKS[UserStatus.ACTIVE], lambda user, _inside: _in_stage(LifecycleStage.ACTIVE, user)),
    Part(_RANKS[UserStatus.REMOVED], lambda user, _inside: _in_stage(LifecycleStage.REMOVED, user)),
)
"""The users of each status: the stage of their lifecycle has an index with their ids."""


def _may_activate(user: Row, inside: Inside) -> ColumnElement[bool]:
    token = OneTimeToken.__table__.alias()
    of_user = token.c.user_id == user.c.id, inside(token, user)
    # Spelled out so that PostgreSQL can use the partial unique index on open tokens.
    open_ = and_(token.c.used_at.is_(None), token.c.revoked_at.is_(None), token.c.expires_at > func.now())
    usable = select(sql_literal("1")).where(*of_user, token.c.purpose == sql_literal(TokenPurpose.ACTIVATION), open_)
    return exists_per_row(usable.correlate_except(token))


def _has_status(user: Row, statuses: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    return status(user, access) == any_(statuses)


def _has_status_by_index(user: Row, statuses: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    # All others have an index of their own.
    with_active = sql_literal(UserStatus.ACTIVE) == any_(statuses)
    return and_(_has_status(user, statuses, access), or_(with_active, is_inactive(user)))


def _has_permission(user: Row, permissions: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    grant = UserPermission.__table__.alias()
    granted = and_(_of_user(grant, user, access), not_expired(grant))
    matches = select(sql_literal("1")).where(granted, grant.c.permission == any_(permissions))
    return matches.correlate_except(grant).exists()


def _last_sign_in(user: Row) -> ColumnElement[Any]:
    """When the user last signed in, or long ago if never: the expression of the index."""
    never = literal_column(NEVER_SIGNED_IN, _TIME)
    return func.coalesce(user.c.last_sign_in_at, never, type_=_TIME)


def has_not_signed_in_for(user: Row, days: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Whether the user is active, and has neither activated nor signed in for `days` days."""
    until = func.now() - func.make_interval(*_NONE, days)
    return and_(_in_stage(LifecycleStage.ACTIVE, user), _last_sign_in(user) <= until, user.c.activated_at <= until)


_TIME: Final = DateTime(timezone=True)
_NONE: Final = (int_literal(0),) * 3
"""The years, months and weeks of an interval in days."""

_SCIM_ATTRIBUTES: Final[dict[str, Value]] = {
    "id": lambda row: sql_literal(f"{User.id_prefix}_").concat(row.c.id.cast(Text)),
    "userName": lambda row: row.c.email,
    "externalId": lambda row: row.c.external_id,
    "name.givenName": lambda row: func.lower(row.c.first_name),
    "name.familyName": lambda row: func.lower(row.c.last_name),
    "displayName": lambda row: func.lower(display_name_of(row)),
    "active": lambda row: case((row.c.removed_at.is_(None), sql_literal("true")), else_=sql_literal("false")),
    "meta.created": comparable_time(lambda row: row.c.created_at),
    "meta.lastModified": comparable_time(lambda row: row.c.updated_at),
}
"""The attributes by which SCIM filters users."""


def _exists_for_scim(user: Row, value: ColumnElement[bool], _access: Access) -> ColumnElement[bool]:
    """Whether the user was neither deleted by SCIM nor erased."""
    return and_(user.c.deprovisioned_at.is_(None), user.c.erased_at.is_(None)) == value


FILTERS: Final[dict[str, Filter]] = {
    "search": search(lambda row: row.c.name_key, indexed=True),
    "ids": in_ids("id"),
    "emails": in_values(lambda row: row.c.email),
    "externalIds": in_values(lambda row: row.c.external_id),
    "templates": in_ids("template_id"),
    "existsForScim": Filter(_exists_for_scim, Boolean(), internal=True),
    "matchesScim": matching(_SCIM_ATTRIBUTES),
    "status": Filter(_has_status, ARRAY(Text()), for_rows=_has_status_by_index),
    "audience": in_values(lambda row: row.c.audience),
    "kind": in_values(lambda row: row.c.kind),
    "permission": Filter(_has_permission, ARRAY(Text())),
    "country": in_values(lambda row: row.c.country),
    "mail": Filter(has_mail_status, ARRAY(Text()), by_index=has_mail_status_by_index),
    "lastSignInSince": Filter(lambda row, time, _access: _last_sign_in(row) >= time, _TIME),
    "lastSignInBefore": Filter(lambda row, time, _access: _last_sign_in(row) < time, _TIME),
    "notSignedInForDays": Filter(lambda row, days, _access: has_not_signed_in_for(row, days), Integer()),
    "endsBefore": ENDS_BEFORE,
}
ORDERS: Final[dict[str, Order]] = (
    BY_NAME
    | asc_and_desc("EMAIL", lambda row, _inside: row.c.email)
    | asc_and_desc("STATUS", _status_rank, parts=_PARTS)
    | asc_and_desc("LAST_SIGN_IN_AT", lambda row, _inside: _last_sign_in(row), _TIME)
    | BY_CREATION
)
