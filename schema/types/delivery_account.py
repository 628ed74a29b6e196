"""Delivery accounts in the contract."""

import models
from resolvers.query.registry import Encoding
from resolvers.types import delivery_account, organization
from schema.declare.action_enums import AccountAction
from schema.declare.connection import Connection
from schema.declare.fields import column, computed, gql_type, many, node, one
from schema.declare.node import Node
from schema.declare.scalars import DateTime
from schema.types.references import ContractAccounts, OneOrganization, Services, Users


@node(model=models.DeliveryAccount, prefix="da", filters=delivery_account.FILTERS, orders=delivery_account.ORDERS)
class DeliveryAccount(Node):
    """The end customer, or the legal entity, to which a service is delivered. It may have the same name as a contract
    account, and is a thing of its own even then."""

    name: str = column("The name of the end customer or legal entity.")
    organization: OneOrganization = one(organization.owner, "The organization to which the account belongs.")
    contract_accounts: ContractAccounts = many(
        "ContractAccount",
        delivery_account.contract_accounts,
        "With whom the services are signed that are delivered here, of those services that you see.",
    )
    services: Services = many("Service", delivery_account.services, "The services delivered to this account.")
    users: Users = many(
        "User",
        delivery_account.users,
        "Users who have this account in their access, of those whom you see.",
    )
    created_at: DateTime = column("When the account was made.")
    viewer_can: list[AccountAction] = computed(delivery_account.can, "What you may do with the account.", Encoding.JSON)


@gql_type
class DeliveryAccountConnection(Connection[DeliveryAccount]):
    """A page of delivery accounts. It holds only those that you may see, and counts no others."""
