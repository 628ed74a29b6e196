"""How far the audit trail reaches back, and what of it an actor sees."""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from authz.access import Access
from authz.model.actions import VIEW
from models import AuditEvent, AuditKind, User, is_active
from models.audit_event import ACCESS_KINDS
from resolvers.past_access.expired import TIME
from resolvers.past_access.values import CHANGED, CREATED, FIELDS, is_about, is_one_of, only
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row


def is_visible(user: Row, access: Access) -> ColumnElement[bool]:
    """Whether the actor sees the user and all events that the user's access at a time is based on."""
    event = AuditEvent.__table__.alias()
    seen = access.may(VIEW, AuditEvent, event)
    if seen is false():
        return false()
    hidden = select(sql_literal("1")).where(
        is_about(event, user, access), is_one_of(event, ACCESS_KINDS), seen.is_not(true())
    )
    return and_(access.may(VIEW, User, user), ~exists_per_row(hidden.correlate_except(event)))


def reaches_back_to(user: Row, access: Access) -> ColumnElement[Any]:
    """Since when the trail records the whole access of the user; NULL if it doesn't.

    That is their creation, if it is recorded. If the older events were moved to an archive, it is recorded since then
    for everybody who existed; else, since each part of their access that ever changed has an event.
    """
    event = AuditEvent.__table__.alias()
    field = func.jsonb_object_keys(event.c.changes).table_valued("name").render_derived()
    about = is_about(event, user, access), is_one_of(event, CHANGED)
    firsts = (
        select(func.min(event.c.created_at).label("first"))
        .select_from(event.join(field, true()))
        .where(*about, field.c.name.in_([sql_literal(name) for name in FIELDS]))
        .group_by(field.c.name)
        .correlate_except(event, field)
        .subquery()
    )
    later = select(func.max(firsts.c.first)).correlate_except(firsts).scalar_subquery()
    archived = _archived_before(user, access)
    since_archive = case((user.c.created_at < archived, archived))
    return func.coalesce(_creation(user, event.c.created_at, event, access), since_archive, later, type_=TIME)


def _archived_before(user: Row, access: Access) -> ColumnElement[Any]:
    """The time before which events of the user's organization were moved to an archive; NULL if none were."""
    event = AuditEvent.__table__.alias()
    before = cast(event.c.changes.op("#>>", return_type=Text())(sql_literal("{before,1}")), TIME)
    records = access.same_organization(event, user), event.c.kind == sql_literal(AuditKind.AUDIT_PRUNED.value)
    return select(func.max(before)).where(*records).correlate_except(event).scalar_subquery()


def _creation(user: Row, result: ColumnElement[Any], event: Row, access: Access) -> ColumnElement[Any]:
    created = select(result).where(is_about(event, user, access), is_one_of(event, CREATED))
    return only(created.order_by(event.c.number), event)


def is_complete(user: Row, at: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """Whether the trail records all of the user's access at the time. Before a creation that it records, that is
    none."""
    event = AuditEvent.__table__.alias()
    created = _creation(user, event.c.created_at, event, access)
    return or_(created.is_not(None), func.coalesce(at >= reaches_back_to(user, access), false()))


def was_active(user: Row, at: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """Whether the user could sign in at the time: the next change since says whether they could before it."""
    event = AuditEvent.__table__.alias()
    status = event.c.changes.op("->", return_type=JSONB())(sql_literal("status"))
    before = func.coalesce(status.op("->>", return_type=Text())(int_literal(0)) == sql_literal("ACTIVE"), false())
    kinds = AuditKind.USER_ACTIVATED, AuditKind.USER_REMOVED, AuditKind.USER_RESTORED
    following = select(and_(event.c.kind == sql_literal(AuditKind.USER_REMOVED.value), before)).where(
        is_about(event, user, access), is_one_of(event, kinds), event.c.created_at > at
    )
    return and_(
        user.c.created_at <= at, func.coalesce(only(following.order_by(event.c.number), event), is_active(user))
    )
