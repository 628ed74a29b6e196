"""API clients in the contract."""

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import api_client, organization
from schema.declare.action_enums import ApiClientAction
from schema.declare.connection import Connection
from schema.declare.enums import Scope
from schema.declare.fields import column, computed, gql_type, listed, node, one
from schema.declare.node import Node
from schema.declare.scalars import DateTime
from schema.types.references import OneOrganization, OneUser


@gql_type
class ApiClientSecret:
    """A secret of an API client that is good. The secret itself was shown once, when it was made."""

    secret_id: strawberry.ID = column("What `retireApiClientSecret` takes.", encoding=Encoding.WORD)
    hint: str = column("The last characters of the secret, to tell it from the other one.")
    created_at: DateTime = column("When it was made.")
    last_used_at: DateTime | None = column("When it was last exchanged for an access token. Null until then.")


@node(model=models.ApiClient, prefix="cli", filters=api_client.FILTERS, orders=api_client.ORDERS)
class ApiClient(Node):
    """A program's OAuth 2.0 client credentials. It acts for its owner and reaches what the owner reaches now, cut down
    to its scopes; it does nothing any more once its owner is removed or loses `DEVELOPER_PORTAL`, or it is revoked."""

    client_id: str = computed(api_client.client_id, "The `client_id` of OAuth 2.0: the same as `id`.", Encoding.WORD)
    name: str = column("What its owner calls it.")
    scopes: list[Scope] = computed(api_client.scopes, "What it is limited to. Scopes never change.")
    owner: OneUser | None = one(api_client.owner, "The user for whom it acts. Null where you do not see them.")
    organization: OneOrganization | None = one(
        organization.owner, "The organization of its owner. Null where you do not see it."
    )
    secrets: list[ApiClientSecret] = listed(
        api_client.secrets, "Its good secrets, the oldest first: one, or two while the one replaces the other."
    )
    created_at: DateTime = column("When it was made.")
    last_used_at: DateTime | None = column("When it last got an access token. Null until then.")
    revoked_at: DateTime | None = column("When it was revoked, which is for good. Null where it was not.")
    viewer_can: list[ApiClientAction] = computed(api_client.can, "What you may do with it.", Encoding.JSON)


@gql_type
class ApiClientConnection(Connection[ApiClient]):
    """A page of API clients. It holds only those that you may see, and counts no others."""
