"""Sessions: those of the user who sent the request. Nobody sees the sessions of others, also not when they view as
them."""

from typing import Any

from sqlalchemy import Select, Text, cast, false, func, select

from authz.access import Access
from authz.actor import ACTOR_ID, ActorKind
from models import Session
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.open_session import is_in_tenant, is_of_request, is_open
from resolvers.query.registry import Row

MAX_LISTED = 100
"""The most sessions that are listed. A user can have more: each sign-in starts one."""


def own_sessions(_viewer: Row, access: Access) -> Select[Any]:
    """The open sessions of the user who sent the request, the last used first; none for an API client, and none for an
    admin who views as the user."""
    session = Session.__table__.alias()
    has_none = access.traits.kind is ActorKind.CLIENT or access.viewed_by is not None
    columns = (
        sql_literal(f"{Session.id_prefix}_").concat(cast(session.c.id, Text)).label("id"),
        (false() if has_none else func.coalesce(is_of_request(session), false())).label("current"),
        session.c.created_at,
        session.c.last_seen_at,
        session.c.network.label("address"),
        session.c.user_agent,
    )
    mine = (false(),) if has_none else (is_in_tenant(session), session.c.user_id == ACTOR_ID, is_open(session))
    newest = session.c.last_seen_at.desc(), session.c.created_at.desc(), session.c.id.desc()
    return select(*columns).where(*mine).order_by(*newest).limit(int_literal(MAX_LISTED)).correlate_except(session)
