"""Claims what is to be told in an organization: ends of access that come near, and users who have been inactive.

A claim is a row of `access_notices`, inserted in one statement for all users. Its key makes it unique: whoever tries to
claim the same once more, in whatever process, inserts nothing.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from models import AccessNotice, NoticeKind, User, is_active, is_of, not_expired
from resolvers.access.account_access import GrantKind
from resolvers.access.grants import STORED
from resolvers.mutations.upkeep.activity import active_since, has_not_been_active_for
from resolvers.mutations.users.last_admin import is_last_admin
from resolvers.transaction.unit_of_work import UnitOfWork

CLAIMED_AT_ONCE: Final = 1_000
"""How many notices are claimed at a time, and so told in one mail to each recipient."""

_COLUMNS: Final = ("organization_id", "user_id", "kind", "key", "at", "days")


async def claim_ends(work: UnitOfWork, organization_id: UUID, days: Sequence[int]) -> Sequence[Any]:
    """Claims the ends of active users' access that come within one of `days`, unless it was told for that number or for
    a smaller one. Returns the claimed rows. An end that was moved is another end."""
    if not days:
        return ()
    end = union_all(*(_ends_of(kind, organization_id) for kind in GrantKind)).cte("ends")
    stage = func.unnest(literal(list(days), ARRAY(Integer))).table_valued(column("days", Integer))
    stage = stage.render_derived()
    nearest = select(func.min(stage.c.days)).where(end.c.at <= func.now() + _days(stage.c.days))
    due = select(end, nearest.correlate(end).scalar_subquery().label("days"))
    due_end = due.where(end.c.at <= func.now() + _days(literal(max(days)))).cte("due")
    notice = AccessNotice.__table__
    is_same = and_(*(notice.c[name] == due_end.c[name] for name in ("user_id", "kind", "key", "at")))
    told = exists().where(notice.c.organization_id == organization_id, is_same, notice.c.days <= due_end.c.days)
    fresh = select(*(due_end.c[name] for name in _COLUMNS)).where(~told).order_by(due_end.c.at, due_end.c.user_id)
    return await _claim(work, fresh)


def _ends_of(kind: GrantKind, organization_id: UUID) -> Select[*tuple[Any, ...]]:
    model, key = STORED[kind]
    grant, user = model.__table__.alias(), User.__table__.alias()
    keys = (
        literal(kind.name, Text).label("kind"),
        cast(grant.c[key.key], Text).label("key"),
        grant.c.ends_at.label("at"),
    )
    return (
        select(grant.c.organization_id, grant.c.user_id, *keys)
        .select_from(grant.join(user, user.c.id == grant.c.user_id))
        .where(grant.c.organization_id == organization_id, grant.c.ends_at.is_not(None), not_expired(grant))
        .where(user.c.tenant_id == organization_id, is_active(user))
    )


async def claim_dormant(work: UnitOfWork, organization_id: UUID, after: int | None, warning: int) -> Sequence[Any]:
    """Claims the users who are removed in `warning` days, because they have then been inactive for `after` days. None
    claims nobody. The last admin is left out, as they are never removed. Returns the claimed rows."""
    if after is None:
        return ()
    user, notice = User.__table__.alias(), AccessNotice.__table__
    since = active_since(user, organization_id)
    values = (literal(NoticeKind.DORMANCY.value, Text), literal("", Text), since, literal(warning, Integer))
    own = notice.c.organization_id == organization_id, notice.c.user_id == user.c.id
    is_warned = and_(*own, notice.c.kind == NoticeKind.DORMANCY.value, notice.c.at == since)
    of_organization = is_of(user, literal(organization_id, Uuid()))
    fresh = (
        select(user.c.organization_id, user.c.id, *values)
        .where(of_organization, has_not_been_active_for(user, organization_id, after - warning))
        .where(~exists().where(is_warned), not_(is_last_admin(user, literal(organization_id, Uuid()))))
        .order_by(since, user.c.id)
    )
    return await _claim(work, fresh)


async def _claim(work: UnitOfWork, fresh: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    statement = insert(AccessNotice).from_select(_COLUMNS, fresh.limit(CLAIMED_AT_ONCE)).on_conflict_do_nothing()
    notice = AccessNotice.__table__
    claimed = statement.returning(notice.c.user_id, notice.c.kind, notice.c.key, notice.c.at)
    return (await work.execute(claimed)).all()


async def delete_outdated(work: UnitOfWork, organization_id: UUID) -> None:
    """Deletes the claims on what is past: ends of access, and inactivity of users who have been active since."""
    notice, user = AccessNotice.__table__, User.__table__.alias()
    is_dormancy = notice.c.kind == NoticeKind.DORMANCY.value
    is_subject = user.c.tenant_id == organization_id, user.c.id == notice.c.user_id
    is_still_dormant = exists().where(*is_subject, active_since(user, organization_id) == notice.c.at)
    outdated = or_(and_(not_(is_dormancy), notice.c.at <= func.now()), and_(is_dormancy, ~is_still_dormant))
    await work.execute(delete(AccessNotice).where(notice.c.organization_id == organization_id, outdated))


def _days(number: ColumnElement[int]) -> ColumnElement[Any]:
    return func.make_interval(0, 0, 0, number)
