"""Services in the contract."""

import models
from resolvers.query.registry import Encoding
from resolvers.types import service
from schema.declare.action_enums import ServiceAction
from schema.declare.connection import Connection
from schema.declare.enums import ServiceStatus
from schema.declare.fields import column, computed, gql_type, group, node, one
from schema.declare.node import Node
from schema.declare.scalars import CountryCode, DateTime
from schema.types.references import OneContractAccount, OneDeliveryAccount


@gql_type
class Site:
    """Where a service is delivered."""

    city: str = column("The city.")
    country: CountryCode = column("The country.")


@node(model=models.Service, prefix="svc", filters=service.FILTERS, orders=service.ORDERS)
class Service(Node):
    """What is delivered, and where. A service ties one contract account to one delivery account; nothing else does."""

    # A code is capitals, digits and hyphens, by a check of its table: nothing in it needs escaping.
    code: str = column("The code by which people know the service, such as SVC-000001.", encoding=Encoding.WORD)
    name: str = column("The name of the service.")
    status: ServiceStatus = column("Where the service is in its life.")
    site: Site = group("Where the service is delivered.")
    contract_account: OneContractAccount = one(service.contract_account, "With whom the service is signed.")
    delivery_account: OneDeliveryAccount = one(service.delivery_account, "To whom the service is delivered.")
    created_at: DateTime = column("When the service was made.")
    viewer_can: list[ServiceAction] = computed(service.can, "What you may do with the service.", Encoding.JSON)


@gql_type
class ServiceConnection(Connection[Service]):
    """A page of services. It holds only those that you may see, and counts no others."""
