"""API clients: computed fields, edges, secrets, filters and orders."""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Select, Text, cast, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from authz.access import Access
from authz.actor import ACTOR_CLIENT_ID
from authz.model.actions import ApiClientAction
from models import ApiClient, ApiClientSecret
from resolvers.query.filters import BY_CREATION, BY_NAME, in_ids, search
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

can = viewer_can(ApiClient, ApiClientAction)


def client_id(client: Row, _access: Access) -> ColumnElement[str]:
    """The OAuth `client_id`: the public id."""
    return sql_literal("cli_").concat(cast(client.c.id, Text))


def scopes(client: Row, _access: Access) -> ColumnElement[Any]:
    """The names of the `Scope`s in stored order: `BASIC_READ` for `basic.read`."""
    scope = func.unnest(client.c.scopes).table_valued(column("word", Text()), with_ordinality="place").render_derived()
    name = func.upper(func.translate(scope.c.word, sql_literal("."), sql_literal("_")))
    names = select(func.array_agg(aggregate_order_by(name, scope.c.place), type_=ARRAY(Text())))
    return names.select_from(scope).correlate_except(scope).scalar_subquery()


def owner(client: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user that the client acts for."""
    return user.c.id == client.c.owner_id


def of_user(user: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The clients that act for the user."""
    return client.c.owner_id == user.c.id


def current_client(_viewer: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The client that sent the request."""
    return client.c.id == ACTOR_CLIENT_ID


def secrets(client: Row, access: Access) -> Select[Any]:
    """The valid secrets of the client, oldest first."""
    secret = ApiClientSecret.__table__.alias()
    id_ = sql_literal("sec_").concat(cast(secret.c.id, Text)).label("secret_id")
    columns = select(id_, secret.c.hint, secret.c.created_at, secret.c.last_used_at)
    of_client = secret.c.api_client_id == client.c.id, access.same_organization(secret, client)
    valid = columns.where(*of_client, secret.c.retired_at.is_(None))
    return valid.order_by(secret.c.created_at, secret.c.id).correlate_except(secret)


def _is_revoked(client: Row, value: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    return client.c.revoked_at.is_not(None) == value


FILTERS: Final[dict[str, Filter]] = {
    "search": search(lambda row: row.c.name_key),
    "ids": in_ids("id"),
    "owners": in_ids("owner_id"),
    "revoked": Filter(_is_revoked, Boolean()),
}
ORDERS: Final[dict[str, Order]] = BY_NAME | BY_CREATION
