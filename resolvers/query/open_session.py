"""Conditions on sessions, with the parameters of the session guard (`resolvers/query/statement.py`)."""

from sqlalchemy import ColumnElement, FromClause, Interval, LargeBinary, Uuid, and_, bindparam, func

from models import tenant_column


def is_in_tenant(row: FromClause) -> ColumnElement[bool]:
    """Whether a row of any table belongs to the tenant of the actor."""
    return tenant_column(row) == bindparam("actor_tenant_id", type_=Uuid())


def is_open(session: FromClause) -> ColumnElement[bool]:
    """Whether a session has neither expired nor been unused for too long."""
    idle_timeout = bindparam("session_idle", type_=Interval(native=True))
    return and_(session.c.expires_at > func.now(), session.c.last_seen_at > func.now() - idle_timeout)


def is_viewed(view: FromClause) -> ColumnElement[bool]:
    """Whether a view as another user has not ended."""
    return view.c.ends_at > func.now()


def is_of_request(session: FromClause) -> ColumnElement[bool]:
    """Whether a session is the one that the request is authenticated by."""
    return session.c.token_hash == bindparam("token_hash", type_=LargeBinary())
