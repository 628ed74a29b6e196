"""Services: edges, filters and orders."""

from typing import Final

from sqlalchemy import ColumnElement, case, func

from authz.access import Access
from authz.model.actions import ServiceAction
from models import Service, ServiceStatus
from resolvers.query.filters import BY_CREATION, BY_NAME, asc_and_desc, in_ids, in_values, search
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

can = viewer_can(Service, ServiceAction)


def contract_account(service: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The contract account that the service is signed with."""
    return account.c.id == service.c.contract_account_id


def delivery_account(service: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The delivery account that the service is delivered to."""
    return account.c.id == service.c.delivery_account_id


def _search_text(service: Row) -> ColumnElement[str]:
    # A code consists of capitals, digits and hyphens: lower() folds it.
    space = sql_literal(" ")
    code = func.lower(service.c.code)
    return service.c.name_key.concat(space).concat(code).concat(space).concat(service.c.city_key)


def _status_rank(service: Row) -> ColumnElement[str]:
    ranks = {sql_literal(status): sql_literal(str(rank)) for rank, status in enumerate(ServiceStatus)}
    return case(*((service.c.status == status, rank) for status, rank in ranks.items()), else_=sql_literal("~"))


FILTERS: Final[dict[str, Filter]] = {
    "search": search(_search_text, indexed=True),
    "ids": in_ids("id"),
    "status": in_values(lambda row: row.c.status),
    "country": in_values(lambda row: row.c.country),
    "contractAccounts": in_ids("contract_account_id"),
    "deliveryAccounts": in_ids("delivery_account_id"),
}
ORDERS: Final[dict[str, Order]] = (
    asc_and_desc("CODE", lambda row, _inside: row.c.code)
    | BY_NAME
    | asc_and_desc("CITY", lambda row, _inside: row.c.city_key)
    | asc_and_desc("STATUS", lambda row, _inside: _status_rank(row))
    | BY_CREATION
)
