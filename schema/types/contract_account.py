"""Contract accounts in the contract."""

import models
from authz.model.resources import ContractAccountAction
from resolvers.query.registry import Encoding
from resolvers.types import contract_account, organization
from schema.declare.action_enums import AccountAction
from schema.declare.connection import Connection
from schema.declare.fields import column, computed, gql_type, group, many, node, one
from schema.declare.node import Node
from schema.declare.scalars import DateTime, EmailAddress
from schema.types.references import DeliveryAccounts, OneOrganization, Services, Users


@gql_type
class Billing:
    """Financial details of a contract account."""

    vat_number: str | None = column("The VAT number of the legal entity.")
    billing_email: EmailAddress | None = column("Where invoices are sent.")
    currency: str | None = column("In which currency invoices are, as three letters of ISO 4217, such as EUR.")


@node(model=models.ContractAccount, prefix="ca", filters=contract_account.FILTERS, orders=contract_account.ORDERS)
class ContractAccount(Node):
    """The legal entity of an organization with which a service is signed."""

    name: str = column("The name of the legal entity.")
    organization: OneOrganization = one(organization.owner, "The organization to which the account belongs.")
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount",
        contract_account.delivery_accounts,
        "Where services of this account are delivered, of those services that you see.",
    )
    services: Services = many("Service", contract_account.services, "The services signed with this account.")
    users: Users = many(
        "User",
        contract_account.users,
        "Users who have this account in their access, of those whom you see.",
    )
    billing: Billing | None = group(
        "Financial details. Null without the permission `BILLING_VIEW`.", action=ContractAccountAction.VIEW_BILLING
    )
    created_at: DateTime = column("When the account was made.")
    viewer_can: list[AccountAction] = computed(contract_account.can, "What you may do with the account.", Encoding.JSON)


@gql_type
class ContractAccountConnection(Connection[ContractAccount]):
    """A page of contract accounts. It holds only those that you may see, and counts no others."""
