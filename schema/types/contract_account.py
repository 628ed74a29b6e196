"""The type `ContractAccount`."""

from enum import StrEnum

import strawberry

import models
from authz.model.actions import ContractAccountAction
from resolvers.query.registry import Encoding
from resolvers.types import contract_account, organization
from schema.declare.action_enums import AccountAction
from schema.declare.connection import Connection
from schema.declare.enums import gql_enum
from schema.declare.fields import column, computed, gql_type, group, many, node, one
from schema.declare.filters import with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME
from schema.declare.scalars import DateTime, EmailAddress
from schema.types.references import DeliveryAccounts, OneOrganization, Services, Users


@gql_type
class Billing:
    """The financial details of a contract account."""

    vat_number: str | None = column("The VAT number of the legal entity.")
    billing_email: EmailAddress | None = column("The email address for invoices.")
    currency: str | None = column("The currency of invoices, as an ISO 4217 code such as EUR.")


@gql_input
class ContractAccountFilter:
    """Filters contract accounts. All given conditions must be met."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids(models.ContractAccount, "With one of these ids.")


class ContractAccountOrder(StrEnum):
    """Sort orders of contract accounts."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(ContractAccountOrder, "The sort order of contract accounts.", **BY_NAME, **BY_CREATION)


@node(
    model=models.ContractAccount,
    filters=contract_account.FILTERS,
    orders=contract_account.ORDERS,
    filter_type=ContractAccountFilter,
    default_order=ContractAccountOrder.NAME_ASC,
)
class ContractAccount(Node):
    """A legal entity of an organization, with which services are signed."""

    name: str = column("The name of the legal entity.")
    organization: OneOrganization = one(organization.owner, "The organization that the account belongs to.")
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount",
        contract_account.delivery_accounts,
        "The delivery accounts of this account's services, considering only services visible to you.",
    )
    services: Services = many("Service", contract_account.services, "The services signed with this account.")
    users: Users = many(
        "User",
        contract_account.users,
        "The users visible to you who have this account in their account access.",
    )
    billing: Billing | None = group(
        "The financial details. Null unless you have the permission `BILLING_VIEW`.",
        action=ContractAccountAction.VIEW_BILLING,
    )
    created_at: DateTime = column("When the account was created.")
    viewer_can: list[AccountAction] = computed(
        contract_account.can, "The actions that you may perform on the account.", Encoding.JSON
    )


@gql_type
class ContractAccountConnection(Connection[ContractAccount]):
    """A page of contract accounts. Includes and counts only those visible to you."""
