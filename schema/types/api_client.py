"""The type `ApiClient` and its secrets."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import api_client, organization
from schema.declare.action_enums import ApiClientAction
from schema.declare.connection import Connection
from schema.declare.enums import Scope, gql_enum
from schema.declare.fields import column, computed, gql_type, listed, node, one
from schema.declare.filters import condition, with_ids, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION, BY_NAME
from schema.declare.scalars import DateTime
from schema.types.references import OneOrganization, OneUser


@gql_type
class ApiClientSecret:
    """A valid secret of an API client. The secret itself was returned only once, when it was created."""

    secret_id: strawberry.ID = column("The id of the secret, for `retireApiClientSecret`.", encoding=Encoding.PLAIN)
    hint: str = column("The last characters of the secret, to distinguish it from the other one.")
    created_at: DateTime = column("When the secret was created.")
    last_used_at: DateTime | None = column(
        "When the secret was last exchanged for an access token, recorded at most once a minute. Null if never."
    )


@gql_input
class ApiClientFilter:
    """Filters API clients. All given conditions must be met."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids(models.ApiClient, "With one of these ids.")
    owners: list[strawberry.ID] | None = with_ids(models.User, "Owned by one of these users.")
    revoked: bool | None = condition("Whether the API client is revoked.")


class ApiClientOrder(StrEnum):
    """Sort orders of API clients."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(ApiClientOrder, "The sort order of API clients.", **BY_NAME, **BY_CREATION)


@node(
    model=models.ApiClient,
    filters=api_client.FILTERS,
    orders=api_client.ORDERS,
    filter_type=ApiClientFilter,
    default_order=ApiClientOrder.NAME_ASC,
)
class ApiClient(Node):
    """OAuth 2.0 client credentials of a program. An API client acts on behalf of its owner: it has the owner's current
    access, limited to its scopes. It has no access once it is revoked, or while its owner is removed or lacks
    `DEVELOPER_PORTAL`."""

    client_id: str = computed(api_client.client_id, "The OAuth 2.0 `client_id`, which equals `id`.", Encoding.PLAIN)
    name: str = column("The name that the owner gave the API client.")
    scopes: list[Scope] = computed(api_client.scopes, "The scopes of the API client. They never change.")
    owner: OneUser | None = one(
        api_client.owner, "The user on whose behalf the API client acts. Null if the user isn't visible to you."
    )
    organization: OneOrganization | None = one(
        organization.owner, "The owner's organization. Null if it isn't visible to you."
    )
    secrets: list[ApiClientSecret] = listed(
        api_client.secrets, "The valid secrets, oldest first: one, or two during a rotation."
    )
    created_at: DateTime = column("When the API client was created.")
    last_used_at: DateTime | None = column(
        "When the API client last got an access token, recorded at most once a minute. Null if never."
    )
    revoked_at: DateTime | None = column("When the API client was permanently revoked. Null if it wasn't.")
    viewer_can: list[ApiClientAction] = computed(
        api_client.can, "The actions that you may perform on the API client.", Encoding.JSON
    )


@gql_type
class ApiClientConnection(Connection[ApiClient]):
    """A page of API clients. Includes and counts only those visible to you."""
