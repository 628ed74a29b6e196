"""The type `AccessTemplate`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import access_template, organization
from schema.declare.action_enums import AccessTemplateAction
from schema.declare.connection import Connection
from schema.declare.enums import Audience, Permission, gql_enum
from schema.declare.fields import column, computed, gql_type, many, node, one
from schema.declare.filters import condition, with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME
from schema.declare.scalars import DateTime
from schema.types.references import ContractAccounts, DeliveryAccounts, OneOrganization, Users


@gql_input
class AccessTemplateFilter:
    """Filters access templates. All given conditions must be met."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids(models.AccessTemplate, "With one of these ids.")
    external_ids: list[str] | None = condition(
        "With one of these external ids, exactly. An empty list matches nothing."
    )


class AccessTemplateOrder(StrEnum):
    """Sort orders of access templates."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(AccessTemplateOrder, "The sort order of access templates.", **BY_NAME, **BY_CREATION)


@node(
    model=models.AccessTemplate,
    filters=access_template.FILTERS,
    orders=access_template.ORDERS,
    filter_type=AccessTemplateFilter,
    default_order=AccessTemplateOrder.NAME_ASC,
)
class AccessTemplate(Node):
    """A named set of permissions and account access, to create and change users from. You see, change and use the
    templates that hold only what you may give; others are not visible to you at all."""

    name: str = column("The name, which is unique in the organization.")
    audience: Audience = column("Whether users of the template work for the organization or for an end customer.")
    permissions: list[Permission] = column("The permissions.")
    all_contract_accounts: bool = column("Whether the template gives access to all contract accounts.")
    contract_accounts: ContractAccounts = many(
        "ContractAccount", access_template.contract_accounts, "The listed contract accounts."
    )
    all_delivery_accounts: bool = column("Whether the template gives access to all delivery accounts.")
    delivery_accounts: DeliveryAccounts = many(
        "DeliveryAccount", access_template.delivery_accounts, "The listed delivery accounts."
    )
    users: Users = many(
        "User",
        access_template.users,
        "The users who got their access from the template, as far as they are visible to you. Whoever gets other "
        "permissions or accounts in another way, or is removed, has it no longer.",
    )
    external_id: str | None = column(
        "The id that an identity provider gave the template by SCIM, where it is a group. Unique in the organization. "
        "Null if none did."
    )
    organization: OneOrganization | None = one(
        organization.owner, "The organization of the template. Null if it isn't visible to you."
    )
    created_at: DateTime = column("When the template was created.")
    updated_at: DateTime = column("When the template was last changed.")
    version: int = column(
        "A number that increases with every change of the template. `updateAccessTemplate` requires it."
    )
    viewer_can: list[AccessTemplateAction] = computed(
        access_template.can, "The actions that you may perform on the template: all, if you see it.", Encoding.JSON
    )


@gql_type
class AccessTemplateConnection(Connection[AccessTemplate]):
    """A page of access templates. Includes and counts only those visible to you."""
