"""Organizations in the contract."""

import models
from resolvers.query.registry import Encoding
from resolvers.types import organization
from schema.declare.action_enums import OrganizationAction
from schema.declare.connection import Connection
from schema.declare.fields import column, computed, gql_type, many, node
from schema.declare.node import Node
from schema.declare.scalars import DateTime
from schema.types.references import AccessReviews, AuditEvents, ContractAccounts, DeliveryAccounts, Services, Users


@node(model=models.Organization, prefix="org", filters=organization.FILTERS, orders=organization.ORDERS)
class Organization(Node):
    """A customer of the platform. Everything else belongs to exactly one."""

    name: str = column("The name of the organization.")
    contract_accounts: ContractAccounts = many(
        "ContractAccount", organization.belonging, "The organization's contract accounts."
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount", organization.belonging, "The organization's delivery accounts."
    )
    services: Services = many("Service", organization.belonging, "The organization's services.")
    users: Users = many("User", organization.belonging, "The organization's users.")
    audit_events: AuditEvents = many(
        "AuditEvent", organization.belonging, "What happened in the organization, of what you may see."
    )
    access_reviews: AccessReviews = many(
        "AccessReview",
        organization.belonging,
        "Who had access to what in the organization, and when; of what you may see.",
    )
    created_at: DateTime = column("When the organization came to the platform.")
    viewer_can: list[OrganizationAction] = computed(
        organization.can, "What you may do with the organization.", Encoding.JSON
    )


@gql_type
class OrganizationConnection(Connection[Organization]):
    """A page of organizations. It holds only those that you may see, and counts no others."""
