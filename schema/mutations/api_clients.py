"""The mutations of API clients: create, rotate and retire secrets, revoke."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

import models
from resolvers.mutations.api_clients import mutations as api_client_mutations
from resolvers.mutations.api_clients.mutations import NewSecret
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.enums import Scope
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneApiClient


@gql_input
class CreateApiClientInput:
    """Input for `createApiClient`. The API client acts on your behalf."""

    name: str = strawberry.field(
        description=f"The name of the API client: 1 to {api_client_mutations.NAME_MAX} characters on one line. Need "
        "not be unique."
    )
    scopes: list[Scope] = strawberry.field(
        description="The scopes of the API client, at least one. They can't be changed later."
    )


@gql_input
class RotateApiClientSecretInput:
    """Input for `rotateApiClientSecret`."""

    id: strawberry.ID = id_of(models.ApiClient, "The id of the API client.")


@gql_input
class RetireApiClientSecretInput:
    """Input for `retireApiClientSecret`."""

    id: strawberry.ID = id_of(models.ApiClient, "The id of the API client.")
    secret: strawberry.ID = id_of(
        models.ApiClientSecret, "The `secretId` of one of its two secrets, from `ApiClient.secrets`."
    )


@gql_input
class RevokeApiClientInput:
    """Input for `revokeApiClient`."""

    id: strawberry.ID = id_of(models.ApiClient, "The id of the API client, which must not be revoked yet.")


@gql_type
class CreateApiClientPayload:
    """The created API client and its secret, or the errors."""

    data: strawberry.Private[PayloadData]
    api_client: OneApiClient | None = changed("The API client. Null if the mutation failed.")
    client_secret: str | None = strawberry.field(
        description="The OAuth 2.0 `client_secret`. It is returned only once. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RotateApiClientSecretPayload:
    """The API client and its second secret, or the errors."""

    data: strawberry.Private[PayloadData]
    api_client: OneApiClient | None = changed("The API client. Null if the mutation failed.")
    client_secret: str | None = strawberry.field(
        description="The new OAuth 2.0 `client_secret`. It is returned only once. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RetireApiClientSecretPayload:
    """The API client with its remaining secret, or the errors."""

    data: strawberry.Private[PayloadData]
    api_client: OneApiClient | None = changed("The API client. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class RevokeApiClientPayload:
    """The revoked API client, or the errors."""

    data: strawberry.Private[PayloadData]
    api_client: OneApiClient | None = changed("The revoked API client. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def create_api_client(
    info: Info, input: Annotated[CreateApiClientInput, strawberry.argument(description="The new API client.")]
) -> CreateApiClientPayload:
    """Resolves `createApiClient`. The payload is read as the caller."""
    data, secret, errors = await _with_secret(
        info, lambda work: api_client_mutations.create_api_client(work, input.name, input.scopes)
    )
    return CreateApiClientPayload(data=data, client_secret=secret, errors=errors)


async def rotate_api_client_secret(
    info: Info, input: Annotated[RotateApiClientSecretInput, strawberry.argument(description="The API client.")]
) -> RotateApiClientSecretPayload:
    """Resolves `rotateApiClientSecret`. The payload is read as the caller."""
    client = key(input.id, models.ApiClient)
    data, secret, errors = await _with_secret(
        info, lambda work: api_client_mutations.rotate_api_client_secret(work, client)
    )
    return RotateApiClientSecretPayload(data=data, client_secret=secret, errors=errors)


async def retire_api_client_secret(
    info: Info, input: Annotated[RetireApiClientSecretInput, strawberry.argument(description="The secret to retire.")]
) -> RetireApiClientSecretPayload:
    """Resolves `retireApiClientSecret`. The payload is read as the caller."""
    client, secret = key(input.id, models.ApiClient), key(input.secret, models.ApiClientSecret)
    data, errors = await run_mutation(
        info, lambda work: api_client_mutations.retire_api_client_secret(work, client, secret)
    )
    return RetireApiClientSecretPayload(data=data, errors=errors)


async def revoke_api_client(
    info: Info, input: Annotated[RevokeApiClientInput, strawberry.argument(description="The API client to revoke.")]
) -> RevokeApiClientPayload:
    """Resolves `revokeApiClient`. The payload is read as the caller."""
    client = key(input.id, models.ApiClient)
    data, errors = await run_mutation(info, lambda work: api_client_mutations.revoke_api_client(work, client))
    return RevokeApiClientPayload(data=data, errors=errors)


async def _with_secret(
    info: Info, mutation: Callable[[UnitOfWork], Awaitable[NewSecret]]
) -> tuple[PayloadData, str | None, list[MutationError]]:
    """Like `run_mutation`, and also returns the new secret, or None if the mutation failed."""
    secrets: list[str] = []

    async def keep_secret(work: UnitOfWork) -> UUID:
        new = await mutation(work)
        secrets[:] = [new.secret]
        return new.client_id

    data, errors = await run_mutation(info, keep_secret)
    return data, secrets[0] if not errors else None, errors
