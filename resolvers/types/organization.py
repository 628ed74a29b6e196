"""Organizations: edges, filters and orders."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Text, cast, func

from authz.access import Access
from authz.model.actions import OrganizationAction
from models import Organization, is_of, is_of_same
from resolvers.query.filters import BY_CREATION, BY_NAME, in_ids, search
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

can = viewer_can(Organization, OrganizationAction)


def of_organization(organization: Row, row: Row, _access: Access) -> ColumnElement[bool]:
    """The rows that belong to the organization: accounts, services, users."""
    return is_of(row, organization.c.id)


def end_notice_days(organization: Row, _access: Access) -> ColumnElement[Any]:
    """The setting of that name, as JSON."""
    return cast(func.to_json(organization.c.end_notice_days), Text)


def owner(row: Row, organization: Row, _access: Access) -> ColumnElement[bool]:
    """The organization to which the row belongs."""
    return is_of_same(organization, row)


FILTERS: Final[dict[str, Filter]] = {"search": search(lambda row: row.c.name_key), "ids": in_ids("id")}
ORDERS: Final[dict[str, Order]] = BY_NAME | BY_CREATION
