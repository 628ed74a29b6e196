"""API clients as they are read: their edges, their secrets, and how they are searched and ordered."""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Select, Text, cast, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from authz.access import Access
from authz.actor import ACTOR_CLIENT_ID
from authz.model.resources import ApiClientAction
from models import ApiClient, ApiClientSecret
from resolvers.query.filters import BY_CREATION, BY_NAME, in_ids
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.search import search
from resolvers.query.viewer_can import viewer_can

can = viewer_can(ApiClient, ApiClientAction)


def client_id(client: Row, _access: Access) -> ColumnElement[str]:
    """The `client_id` of OAuth: the public id."""
    return sql_literal("cli_").concat(cast(client.c.id, Text))


def scopes(client: Row, _access: Access) -> ColumnElement[Any]:
    """The names of the `Scope`s, in the order in which they are stored: `BASIC_READ` for `basic.read`."""
    each = func.unnest(client.c.scopes).table_valued(column("word", Text()), with_ordinality="place").render_derived()
    name = func.upper(func.translate(each.c.word, sql_literal("."), sql_literal("_")))
    names = select(func.array_agg(aggregate_order_by(name, each.c.place), type_=ARRAY(Text())))
    return names.select_from(each).correlate_except(each).scalar_subquery()


def owner(client: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user for whom the client acts."""
    return user.c.id == client.c.owner_id


def of_user(user: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The clients that act for the user."""
    return client.c.owner_id == user.c.id


def is_actor(_viewer: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The client that asks."""
    return client.c.id == ACTOR_CLIENT_ID


def secrets(client: Row, _access: Access) -> Select[Any]:
    """The secrets of the client that are good, the oldest first."""
    secret = ApiClientSecret.__table__.alias()
    id_ = sql_literal("sec_").concat(cast(secret.c.id, Text)).label("secret_id")
    columns = select(id_, secret.c.hint, secret.c.created_at, secret.c.last_used_at)
    good = columns.where(secret.c.api_client_id == client.c.id, secret.c.retired_at.is_(None))
    return good.order_by(secret.c.created_at, secret.c.id).correlate_except(secret)


def _is_revoked(client: Row, wanted: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    return client.c.revoked_at.is_not(None) == wanted


FILTERS: Final[dict[str, Filter]] = {
    "search": search(lambda row: row.c.name_key),
    "ids": in_ids("id"),
    "owners": in_ids("owner_id"),
    "revoked": Filter(_is_revoked, Boolean()),
}
ORDERS: Final[dict[str, Order]] = BY_NAME | BY_CREATION
