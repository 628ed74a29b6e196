"""The view as another user that a request is read through."""

from typing import Any

from sqlalchemy import Select, false, select, true

from authz.access import Access
from authz.actor import ACTOR_ID
from models import Session, ViewAs
from resolvers.query.open_session import is_in_tenant, is_of_request, is_viewed
from resolvers.query.registry import Row


def current(_viewer: Row, access: Access) -> Select[Any]:
    """The view through which the request is read, as the user who is the actor; none for anybody who reads as
    themselves."""
    view, session = ViewAs.__table__.alias(), Session.__table__.alias()
    columns = select(view.c.reason, view.c.ends_at).select_from(view.join(session, session.c.id == view.c.session_id))
    is_viewing = true() if access.viewed_by is not None else false()
    in_tenant = is_in_tenant(session), is_in_tenant(view)
    own = is_of_request(session), view.c.user_id == ACTOR_ID, is_viewed(view)
    return columns.where(is_viewing, *in_tenant, *own).correlate_except(view, session)
