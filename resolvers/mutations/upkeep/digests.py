"""Selects what one recipient is told of the claimed notices: the policy decides, as if the recipient asked.

Users are told about themselves. Besides, who may update a user is told about ends of access that they may extend: they
may assign the same, and still may at that time. Whoever may update a user may restore them after a removal, so they are
told about dormant users.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    null,
    or_,
    select,
    union_all,
)

from authz.access import Access
from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID
from authz.model.actions import ASSIGN, VIEW, UserAction
from models import ACCOUNT_KINDS, AccessNotice, AccountKind, NoticeKind, User, UserPermission, is_of_same, not_expired
from resolvers.query.json_sql import sql_literal
from resolvers.types.user import display_name_of


def ends_to_announce(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the ends of access that the actor is told about, the soonest first: at most `:most`, each with the
    `total`. `permission` or `account` says what ends."""
    ends = union_all(_permissions(access), *(_accounts(kind, access) for kind in ACCOUNT_KINDS)).subquery()
    return _first(ends)


def dormant_to_announce(access: Access) -> Select[*tuple[Any, ...]]:
    """The SELECT of the dormant users that the actor is told about, in the same form. `at` is when they are removed,
    under the settings `:after` and `:warning`."""
    user, notice = User.__table__.alias(), AccessNotice.__table__.alias()
    after, warning = (func.make_interval(0, 0, 0, bindparam(name, type_=Integer())) for name in ("after", "warning"))
    removal = func.greatest(notice.c.at + after, notice.c.created_at + warning).label("at")
    dormant = (
        select(*_columns(user), cast(null(), Text).label("permission"), cast(null(), Text).label("account"), removal)
        .select_from(_with_subject(notice, user))
        .where(_is_untold(notice, NoticeKind.DORMANCY), _is_own(user) | _may_update(user, access))
    )
    return _first(dormant.subquery())


def _first(told: FromClause) -> Select[*tuple[Any, ...]]:
    in_order = told.c.at, told.c.name_key, told.c.id, told.c.permission, told.c.account
    most = bindparam("most", type_=Integer())
    return select(told, func.count().over().label("total")).order_by(*in_order).limit(most)


def _permissions(access: Access) -> Select[*tuple[Any, ...]]:
    user, notice = User.__table__.alias(), AccessNotice.__table__.alias()
    grant, own = UserPermission.__table__.alias(), UserPermission.__table__.alias()
    ends_first = exists().where(
        access.same_organization(own, user),
        own.c.user_id == ACTOR_ID,
        own.c.permission == grant.c.permission,
        own.c.ends_at <= grant.c.ends_at,
    )
    may_extend = and_(_may_update(user, access), _may_assign(grant, access), ~ends_first)
    return (
        select(*_columns(user), grant.c.permission, cast(null(), Text).label("account"), grant.c.ends_at.label("at"))
        .select_from(_with_user(notice, user, grant))
        .where(_is_untold(notice, NoticeKind.PERMISSION), notice.c.key == grant.c.permission, not_expired(grant))
        .where(or_(_is_own(user), may_extend))
    )


def _accounts(kind: AccountKind, access: Access) -> Select[*tuple[Any, ...]]:
    user, notice = User.__table__.alias(), AccessNotice.__table__.alias()
    grant, account = kind.grants.__table__.alias(), kind.accounts.__table__.alias()
    source = _with_user(notice, user, grant).join(
        account, and_(is_of_same(account, grant), account.c.id == grant.c[kind.key])
    )
    notice_kind = NoticeKind.CONTRACT_ACCOUNT if kind is ACCOUNT_KINDS[0] else NoticeKind.DELIVERY_ACCOUNT
    # An admin whose own access to the account ends no later could not extend it.
    may_extend = and_(_may_update(user, access), access.may(ASSIGN, kind.accounts, account, at=grant.c.ends_at))
    permission, ends_at = cast(null(), Text).label("permission"), grant.c.ends_at.label("at")
    return (
        select(*_columns(user), permission, account.c.name.label("account"), ends_at)
        .select_from(source)
        .where(_is_untold(notice, notice_kind), notice.c.key == cast(account.c.id, Text), not_expired(grant))
        .where(access.may(VIEW, kind.accounts, account), or_(_is_own(user), may_extend))
    )


def _columns(user: FromClause) -> list[ColumnElement[Any]]:
    name = display_name_of(user).label("name")
    return [user.c.id, name, user.c.name_key, user.c.email, user.c.audience, _is_own(user).label("is_own")]


def _with_user(notice: FromClause, user: FromClause, grant: FromClause) -> Any:
    """The notices with the grants that still end then."""
    still_ends = and_(is_of_same(grant, notice), grant.c.user_id == notice.c.user_id, grant.c.ends_at == notice.c.at)
    return _with_subject(notice, user).join(grant, still_ends)


def _with_subject(notice: FromClause, user: FromClause) -> Any:
    return notice.join(user, and_(user.c.tenant_id == notice.c.organization_id, user.c.id == notice.c.user_id))


def _is_untold(notice: FromClause, kind: NoticeKind) -> ColumnElement[bool]:
    in_organization = notice.c.organization_id == ACTOR_ORGANIZATION_ID
    return and_(in_organization, notice.c.kind == sql_literal(kind.value), notice.c.is_told == false())


def _is_own(user: FromClause) -> ColumnElement[bool]:
    return user.c.id == ACTOR_ID


def _may_update(user: FromClause, access: Access) -> ColumnElement[bool]:
    return and_(access.may(VIEW, User, user), access.may(UserAction.UPDATE, User, user))


def _may_assign(grant: FromClause, access: Access) -> ColumnElement[bool]:
    assignable = access.assignable
    if assignable is None or not assignable.permissions:
        return false()
    return or_(*(grant.c.permission == sql_literal(permission) for permission in sorted(assignable.permissions)))
