"""The mutations of SCIM tokens: create, revoke."""

from typing import Annotated
from uuid import UUID

import strawberry

import models
from resolvers.mutations.scim_tokens import mutations as scim_token_mutations
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneOrganization


@gql_input
class CreateScimTokenInput:
    """Input for `createScimToken`. The SCIM token acts on your behalf, in your organization."""

    name: str = strawberry.field(
        description=f"The name of the SCIM token: 1 to {scim_token_mutations.NAME_MAX} characters on one line. Need "
        "not be unique."
    )
    valid_days: int = strawberry.field(
        description="The number of days for which the SCIM token is valid, "
        f"{scim_token_mutations.DAYS[0]} to {scim_token_mutations.DAYS[1]}.",
        default=365,
    )


@gql_input
class RevokeScimTokenInput:
    """Input for `revokeScimToken`."""

    id: strawberry.ID = id_of(
        models.ScimToken, "The `tokenId` of a SCIM token, from `Organization.provisioning`, not revoked yet."
    )


@gql_type
class CreateScimTokenPayload:
    """The organization and its new SCIM token, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    token: str | None = strawberry.field(
        description="The bearer token to enter at the identity provider. It is returned only once. Null if the "
        "mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RevokeScimTokenPayload:
    """The organization without the SCIM token, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_scim_token(
    info: Info, input: Annotated[CreateScimTokenInput, strawberry.argument(description="The new SCIM token.")]
) -> CreateScimTokenPayload:
    """Resolves `createScimToken`. The payload is read as the caller."""
    tokens: list[str] = []

    async def keep_token(work: UnitOfWork) -> UUID:
        new = await scim_token_mutations.create_scim_token(work, input.name, input.valid_days)
        tokens[:] = [new.token]
        return new.organization_id

    data, errors = await run_mutation(info, keep_token)
    return CreateScimTokenPayload(data=data, token=None if errors else tokens[0], errors=errors)


async def revoke_scim_token(
    info: Info, input: Annotated[RevokeScimTokenInput, strawberry.argument(description="The SCIM token to revoke.")]
) -> RevokeScimTokenPayload:
    """Resolves `revokeScimToken`. The payload is read as the caller."""
    token_id = key(input.id, models.ScimToken)
    data, errors = await run_mutation(info, lambda work: scim_token_mutations.revoke_scim_token(work, token_id))
    return RevokeScimTokenPayload(data=data, errors=errors)
