"""The type `Organization`."""

from enum import StrEnum

import strawberry

import models
from authz.model import actions as policy_actions
from resolvers.query.registry import Encoding
from resolvers.types import organization, webhook
from schema.declare.action_enums import OrganizationAction
from schema.declare.connection import Connection
from schema.declare.enums import gql_enum
from schema.declare.fields import column, computed, gql_type, group, listed, many, node
from schema.declare.filters import with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME
from schema.declare.scalars import DateTime
from schema.types.integration.scim_token import OrganizationProvisioning
from schema.types.integration.webhook import Webhook
from schema.types.references import AccessReviews, AuditEvents, ContractAccounts, DeliveryAccounts, Services, Users
from schema.types.single_sign_on import SingleSignOn


@gql_input
class OrganizationFilter:
    """Filters organizations. All given conditions must be met."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids(models.Organization, "With one of these ids.")


@gql_type
class OrganizationSettings:
    """The settings of an organization: about access that ends, users who are inactive, and second factors."""

    end_notice_days: list[int] = computed(
        organization.end_notice_days,
        "How many days before an end of their access users are told by email, and those who may extend it, in "
        "descending order. Empty if nobody is told.",
        Encoding.JSON,
    )
    dormant_after_days: int | None = column(
        "After how many days without activity users are removed. Null if none are. An activation, a sign-in, and an "
        "access token of one of their API clients count as activity."
    )
    dormancy_warning_days: int = column(
        "How many days before that they are warned by email, and those who may restore them."
    )
    requires_second_factor: bool = column("Whether users of the organization can't sign in without a second factor.")


class OrganizationOrder(StrEnum):
    """Sort orders of organizations."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(OrganizationOrder, "The sort order of organizations.", **BY_NAME, **BY_CREATION)


@node(
    model=models.Organization,
    filters=organization.FILTERS,
    orders=organization.ORDERS,
    filter_type=OrganizationFilter,
    default_order=OrganizationOrder.NAME_ASC,
)
class Organization(Node):
    """A customer of the platform. Accounts, services, and users belong to exactly one organization."""

    name: str = column("The name of the organization.")
    contract_accounts: ContractAccounts = many(
        "ContractAccount", organization.of_organization, "The organization's contract accounts."
    )
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount", organization.of_organization, "The organization's delivery accounts."
    )
    services: Services = many("Service", organization.of_organization, "The organization's services.")
    users: Users = many("User", organization.of_organization, "The organization's users.")
    audit_events: AuditEvents = many(
        "AuditEvent", organization.of_organization, "The organization's audit events that are visible to you."
    )
    access_reviews: AccessReviews = many(
        "AccessReview",
        organization.of_organization,
        "The organization's access reviews that are visible to you.",
    )
    settings: OrganizationSettings | None = group(
        "The settings of the organization. Null if you may not change them.",
        action=policy_actions.OrganizationAction.CHANGE_SETTINGS,
    )
    webhooks: list[Webhook] = listed(
        webhook.webhooks,
        "The webhooks of the organization, at most 10, the oldest first. Empty if you may not change its settings.",
    )
    provisioning: OrganizationProvisioning | None = group(
        "How an identity provider manages the organization's users. Null if you may not change the settings of the "
        "organization.",
        action=policy_actions.OrganizationAction.CHANGE_SETTINGS,
    )
    single_sign_on: SingleSignOn | None = group(
        "Single sign-on of the organization. Null if you may not change its settings.",
        action=policy_actions.OrganizationAction.CHANGE_SETTINGS,
    )
    created_at: DateTime = column("When the organization was created.")
    viewer_can: list[OrganizationAction] = computed(
        organization.can, "The actions that you may perform on the organization.", Encoding.JSON
    )


@gql_type
class OrganizationConnection(Connection[Organization]):
    """A page of organizations. Includes and counts only those visible to you."""
