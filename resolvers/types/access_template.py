"""Access templates: edges, filters and orders."""

from typing import Final

from sqlalchemy import ColumnElement, Text, any_, func

from authz.access import Access
from models import AccessTemplate
from resolvers.query.filters import BY_CREATION, BY_NAME, Value, in_ids, in_values, search
from resolvers.query.json_sql import sql_literal
from resolvers.query.matching import comparable_time, matching
from resolvers.query.registry import Filter, Order, Row


def can(_template: Row, _access: Access) -> ColumnElement[str]:
    """The JSON list of what whoever sees a template may do with it."""
    return sql_literal('["VIEW","UPDATE","REMOVE"]')


def contract_accounts(template: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The contract accounts in the list of the template."""
    return account.c.id == any_(template.c.contract_accounts)


def delivery_accounts(template: Row, account: Row, _access: Access) -> ColumnElement[bool]:
    """The delivery accounts in the list of the template."""
    return account.c.id == any_(template.c.delivery_accounts)


def users(template: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The users who have the template."""
    return user.c.template_id == template.c.id


def of_user(user: Row, template: Row, _access: Access) -> ColumnElement[bool]:
    """The template that the user has."""
    return template.c.id == user.c.template_id


_SCIM_ATTRIBUTES: Final[dict[str, Value]] = {
    "id": lambda row: sql_literal(f"{AccessTemplate.id_prefix}_").concat(row.c.id.cast(Text)),
    "displayName": lambda row: func.lower(row.c.name),
    "externalId": lambda row: row.c.external_id,
    "meta.created": comparable_time(lambda row: row.c.created_at),
    "meta.lastModified": comparable_time(lambda row: row.c.updated_at),
}
"""The attributes by which SCIM filters groups."""

FILTERS: Final[dict[str, Filter]] = {
    "search": search(lambda row: row.c.name_key),
    "ids": in_ids("id"),
    "externalIds": in_values(lambda row: row.c.external_id),
    "matchesScim": matching(_SCIM_ATTRIBUTES),
}
ORDERS: Final[dict[str, Order]] = BY_NAME | BY_CREATION
