"""The type `Service`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import service
from schema.declare.action_enums import ServiceAction
from schema.declare.connection import Connection
from schema.declare.enums import ServiceStatus, gql_enum
from schema.declare.fields import column, computed, gql_type, group, node, one
from schema.declare.filters import condition, with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME, BY_STATUS
from schema.declare.scalars import CountryCode, DateTime
from schema.types.references import OneContractAccount, OneDeliveryAccount


@gql_type
class Site:
    """The site where a service is delivered."""

    city: str = column("The city.")
    country: CountryCode = column("The country.")


@gql_input
class ServiceFilter:
    """Filters services. All given conditions must be met."""

    search: str | None = with_text("the name, the code or the city")
    ids: list[strawberry.ID] | None = with_ids(models.Service, "With one of these ids.")
    status: list[ServiceStatus] | None = condition("With one of these statuses. An empty list matches nothing.")
    country: list[CountryCode] | None = condition(
        "With a site in one of these countries. An empty list matches nothing."
    )
    contract_accounts: list[strawberry.ID] | None = with_ids(
        models.ContractAccount, "Signed with one of these contract accounts."
    )
    delivery_accounts: list[strawberry.ID] | None = with_ids(
        models.DeliveryAccount, "Delivered to one of these delivery accounts."
    )


class ServiceOrder(StrEnum):
    """Sort orders of services."""

    CODE_ASC = "CODE_ASC"
    CODE_DESC = "CODE_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CITY_ASC = "CITY_ASC"
    CITY_DESC = "CITY_DESC"
    STATUS_ASC = "STATUS_ASC"
    STATUS_DESC = "STATUS_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(
    ServiceOrder,
    "The sort order of services.",
    CODE_ASC="By code, ascending.",
    CODE_DESC="By code, descending.",
    **BY_NAME,
    CITY_ASC="By the city of the site, ascending.",
    CITY_DESC="By the city of the site, descending.",
    **BY_STATUS,
    **BY_CREATION,
)


@node(
    model=models.Service,
    filters=service.FILTERS,
    orders=service.ORDERS,
    filter_type=ServiceFilter,
    default_order=ServiceOrder.CODE_ASC,
)
class Service(Node):
    """A service that is delivered to a site. A service connects one contract account with one delivery account.
    Accounts are connected by services only."""

    # A check constraint limits codes to upper-case letters, digits and hyphens, which need no escaping.
    code: str = column("The code of the service, such as SVC-000001.", encoding=Encoding.PLAIN)
    name: str = column("The name of the service.")
    status: ServiceStatus = column("The lifecycle state of the service.")
    site: Site = group("The site where the service is delivered.")
    contract_account: OneContractAccount = one(
        service.contract_account, "The contract account with which the service is signed."
    )
    delivery_account: OneDeliveryAccount = one(
        service.delivery_account, "The delivery account to which the service is delivered."
    )
    created_at: DateTime = column("When the service was created.")
    viewer_can: list[ServiceAction] = computed(
        service.can, "The actions that you may perform on the service.", Encoding.JSON
    )


@gql_type
class ServiceConnection(Connection[Service]):
    """A page of services. Includes and counts only those visible to you."""
