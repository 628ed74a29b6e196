"""Access requests: computed fields, edges, filters and orders."""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, and_, case, func

from authz.access import Access
from authz.actor import ACTOR_ID
from authz.model.actions import AccessRequestAction
from models import AccessRequest, AccessRequestState
from resolvers.query.filters import BY_CREATION, in_ids, in_values
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

_pending_can = viewer_can(AccessRequest, AccessRequestAction)


def _is_over(request: Row) -> ColumnElement[bool]:
    pending = request.c.state == sql_literal(AccessRequestState.PENDING.value)
    return and_(pending, request.c.expires_at <= func.now())


def state(request: Row, _access: Access) -> ColumnElement[str]:
    """The state. A pending request has expired as soon as its time is over, also before that is stored."""
    return case((_is_over(request), sql_literal(AccessRequestState.EXPIRED.value)), else_=request.c.state)


def can(request: Row, access: Access) -> ColumnElement[str]:
    """The JSON array of actions that the actor may perform on a visible request. Without end, it is pending."""
    pending = state(request, access) == sql_literal(AccessRequestState.PENDING.value)
    return case((pending, _pending_can(request, access)), else_=sql_literal('["VIEW"]'))


def requester(request: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who asks."""
    return user.c.id == request.c.requester_id


def decided_by(request: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who decided."""
    return user.c.id == request.c.decided_by_id


def contract_account(request: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The contract account that the requester's words identify."""
    return account.c.id == request.c.contract_account_id


def delivery_account(request: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The delivery account that the requester's words identify."""
    return account.c.id == request.c.delivery_account_id


def of_user(user: Row, request: Row, _access: Access) -> ColumnElement[bool]:
    """The requests of the user."""
    return request.c.requester_id == user.c.id


def _is_mine(request: Row, value: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    return (request.c.requester_id == ACTOR_ID) == value


FILTERS: Final[dict[str, Filter]] = {
    "ids": in_ids("id"),
    "state": in_values(lambda row: case((_is_over(row), sql_literal("EXPIRED")), else_=row.c.state)),
    "requesters": in_ids("requester_id"),
    "mine": Filter(_is_mine, Boolean()),
}
ORDERS: Final[dict[str, Order]] = BY_CREATION
