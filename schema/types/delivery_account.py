"""The type `DeliveryAccount`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import delivery_account, organization
from schema.declare.action_enums import AccountAction
from schema.declare.connection import Connection
from schema.declare.enums import gql_enum
from schema.declare.fields import column, computed, gql_type, many, node, one
from schema.declare.filters import with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME
from schema.declare.scalars import DateTime
from schema.types.references import ContractAccounts, OneOrganization, Services, Users


@gql_input
class DeliveryAccountFilter:
    """Filters delivery accounts. All given conditions must be met."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids(models.DeliveryAccount, "With one of these ids.")


class DeliveryAccountOrder(StrEnum):
    """Sort orders of delivery accounts."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(DeliveryAccountOrder, "The sort order of delivery accounts.", **BY_NAME, **BY_CREATION)


@node(
    model=models.DeliveryAccount,
    filters=delivery_account.FILTERS,
    orders=delivery_account.ORDERS,
    filter_type=DeliveryAccountFilter,
    default_order=DeliveryAccountOrder.NAME_ASC,
)
class DeliveryAccount(Node):
    """An end customer or legal entity to which services are delivered. A delivery account is distinct from a contract
    account with the same name."""

    name: str = column("The name of the end customer or legal entity.")
    organization: OneOrganization = one(organization.owner, "The organization that the account belongs to.")
    contract_accounts: ContractAccounts = many(
        "ContractAccount",
        delivery_account.contract_accounts,
        "The contract accounts of this account's services, considering only services visible to you.",
    )
    services: Services = many("Service", delivery_account.services, "The services delivered to this account.")
    users: Users = many(
        "User",
        delivery_account.users,
        "The users visible to you who have this account in their account access.",
    )
    created_at: DateTime = column("When the account was created.")
    viewer_can: list[AccountAction] = computed(
        delivery_account.can, "The actions that you may perform on the account.", Encoding.JSON
    )


@gql_type
class DeliveryAccountConnection(Connection[DeliveryAccount]):
    """A page of delivery accounts. Includes and counts only those visible to you."""
