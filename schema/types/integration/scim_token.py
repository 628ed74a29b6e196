"""How users of an organization are provisioned: its SCIM tokens."""

import strawberry

from resolvers.query.registry import Encoding
from resolvers.types import scim_token
from schema.declare.fields import column, gql_type, listed
from schema.declare.scalars import DateTime


@gql_type
class ScimToken:
    """A token with which an identity provider manages users by SCIM 2.0. It acts for the admin who created it, and may
    do no more than that admin. The token itself was returned only once, when it was created."""

    token_id: strawberry.ID = column("The id of the SCIM token, for `revokeScimToken`.", encoding=Encoding.PLAIN)
    name: str = column("The name of the SCIM token.")
    hint: str = column("The last characters of the SCIM token, to distinguish it from others.")
    maker_name: str | None = column(
        "The display name of the admin for whom it acts. Null if the admin isn't visible to you."
    )
    created_at: DateTime = column("When the SCIM token was created.")
    expires_at: DateTime = column("When it expires or expired.")
    last_used_at: DateTime | None = column("When it was last used, recorded at most once a minute. Null if never.")
    revoked_at: DateTime | None = column("When it was permanently revoked. Null if it wasn't.")
    valid: bool = column("Whether it is neither revoked nor expired.")


@gql_type
class ActingScimToken:
    """The SCIM token through which somebody acted."""

    token_id: strawberry.ID = column("The id of the SCIM token.", encoding=Encoding.PLAIN)
    name: str = column("The name of the SCIM token.")
    hint: str = column("The last characters of the SCIM token.")


@gql_type
class OrganizationProvisioning:
    """How an identity provider manages the users of an organization."""

    scim_tokens: list[ScimToken] = listed(
        scim_token.tokens,
        f"The SCIM tokens, the newest first, and at most {scim_token.MAX_LISTED}. Includes revoked and expired ones.",
    )
