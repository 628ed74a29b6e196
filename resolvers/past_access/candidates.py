"""Who may have had an account at any time: the users whom an index names, so that nobody else's events are read.

A user had an account at a time only if they have it now, or an event of a change of their access has it in its values
before or after. The same holds for *all accounts*, which an event has if their flag is true before or after it.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, cast, func, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import JSONB

from authz.access import Access
from models import AccountKind, AuditEvent, User, is_of
from resolvers.past_access.values import CHANGED, FLAGS, LISTS, is_one_of, public_id
from resolvers.query.json_sql import sql_literal


def possible_holders(
    kind: AccountKind, key: ColumnElement[Any], resource: FromClause, access: Access
) -> tuple[Select[Any], FromClause]:
    """Selects the ids of the users who may have had the account `key` of the organization of `resource` at any time,
    some repeatedly; none if it is NULL. Also returns what they are selected from."""
    named, flagged = (AuditEvent.__table__.alias() for _ in range(2))
    grant, user = kind.grants.__table__.alias(), User.__table__.alias()
    listed = func.jsonb_build_array(func.jsonb_build_array(public_id(kind, key)))
    names = named.c.changes.contains(func.jsonb_build_object(sql_literal(LISTS[kind]), listed, type_=JSONB))
    had_all = or_(*(_had_all(flagged, field) for field in FLAGS.values()))
    of_organization = is_of(flagged, resource.c.organization_id), access.same_organization(flagged, resource)
    has_all = is_of(user, resource.c.organization_id), access.same_organization(user, resource), _has_all(kind, user)
    granted = grant.c[kind.key] == key, access.same_organization(grant, resource)
    ids = union_all(
        select(grant.c.user_id.label("id")).where(*granted),
        select(named.c.subject_id).where(
            key.is_not(None), access.same_organization(named, resource), is_one_of(named, CHANGED), names
        ),
        select(flagged.c.subject_id).where(key.is_not(None), *of_organization, is_one_of(flagged, CHANGED), had_all),
        select(user.c.id).where(key.is_not(None), *has_all),
    ).subquery()
    return select(ids.c.id), ids


def _had_all(event: FromClause, flag: str) -> ColumnElement[bool]:
    """Whether the flag was set before or after the event. The creation of each user names it, mostly as not set."""
    return event.c.changes.contains(cast(sql_literal(f'{{"{flag}": [true]}}'), JSONB))


def _has_all(kind: AccountKind, user: FromClause) -> ColumnElement[bool]:
    return user.c[f"all_{kind.field}"] == true()
