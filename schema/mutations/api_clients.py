"""Making API clients, changing their secrets, and ending them, in the contract."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.mutations.api_clients import mutations as api_client_mutations
from resolvers.mutations.api_clients.mutations import NewSecret
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import UnitOfWork
from schema.declare.enums import Scope
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.mutations.payload import Answer, Info, MutationError, errors_field, run_mutation
from schema.types.references import OneApiClient


@gql_input
class CreateApiClientInput:
    """The new API client. It acts for you."""

    name: str = strawberry.field(
        description=f"What you call it: 1 to {api_client_mutations.NAME_MAX} characters in one line. Names need not"
        " differ."
    )
    scopes: list[Scope] = strawberry.field(
        description="What it is limited to, at least one. They can't be changed later: make another client then."
    )


@gql_input
class RotateApiClientSecretInput:
    """Which API client is to get a second secret."""

    id: strawberry.ID = id_of("cli", "The API client.")


@gql_input
class RetireApiClientSecretInput:
    """Which secret is to end."""

    id: strawberry.ID = id_of("cli", "The API client.")
    secret: strawberry.ID = id_of("sec", "One of its two secrets, as `ApiClient.secrets` has them.")


@gql_input
class RevokeApiClientInput:
    """Which API client is to end."""

    id: strawberry.ID = id_of("cli", "The API client: not revoked yet.")


@gql_type
class CreateApiClientPayload:
    """The new API client with its secret, or why there is none."""

    answer: strawberry.Private[Answer]
    api_client: OneApiClient | None = changed("The API client. Null when refused.")
    client_secret: str | None = strawberry.field(
        description="The `client_secret` of OAuth 2.0. It is shown here and never again. Null when refused."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RotateApiClientSecretPayload:
    """The API client with its second secret, or why it has none."""

    answer: strawberry.Private[Answer]
    api_client: OneApiClient | None = changed("The API client. Null when refused.")
    client_secret: str | None = strawberry.field(
        description="The new `client_secret`. It is shown here and never again. Null when refused."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RetireApiClientSecretPayload:
    """The API client with the secret that it is left with, or why it was not retired."""

    answer: strawberry.Private[Answer]
    api_client: OneApiClient | None = changed("The API client. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class RevokeApiClientPayload:
    """The API client that was revoked, or why it was not."""

    answer: strawberry.Private[Answer]
    api_client: OneApiClient | None = changed("The API client, revoked. Null when refused.")
    errors: list[MutationError] = errors_field()


async def create_api_client(
    info: Info, input: Annotated[CreateApiClientInput, strawberry.argument(description="The API client.")]
) -> CreateApiClientPayload:
    """`createApiClient`: the payload's client is read as the caller sees it."""
    answer, secret, errors = await _with_secret(
        info, lambda work: api_client_mutations.create(work, input.name, input.scopes)
    )
    return CreateApiClientPayload(answer=answer, client_secret=secret, errors=errors)


async def rotate_api_client_secret(
    info: Info, input: Annotated[RotateApiClientSecretInput, strawberry.argument(description="The API client.")]
) -> RotateApiClientSecretPayload:
    """`rotateApiClientSecret`: the payload's client is read as the caller sees it."""
    client = key(input.id, "cli")
    answer, secret, errors = await _with_secret(info, lambda work: api_client_mutations.rotate_secret(work, client))
    return RotateApiClientSecretPayload(answer=answer, client_secret=secret, errors=errors)


async def retire_api_client_secret(
    info: Info, input: Annotated[RetireApiClientSecretInput, strawberry.argument(description="The secret.")]
) -> RetireApiClientSecretPayload:
    """`retireApiClientSecret`: the payload's client is read as the caller sees it."""
    client, secret = key(input.id, "cli"), key(input.secret, "sec")
    answer, errors = await run_mutation(info, lambda work: api_client_mutations.retire_secret(work, client, secret))
    return RetireApiClientSecretPayload(answer=answer, errors=errors)


async def revoke_api_client(
    info: Info, input: Annotated[RevokeApiClientInput, strawberry.argument(description="The API client.")]
) -> RevokeApiClientPayload:
    """`revokeApiClient`: the payload's client is read as the caller sees it."""
    client = key(input.id, "cli")
    answer, errors = await run_mutation(info, lambda work: api_client_mutations.revoke(work, client))
    return RevokeApiClientPayload(answer=answer, errors=errors)


async def _with_secret(
    info: Info, mutation: Callable[[UnitOfWork], Awaitable[NewSecret]]
) -> tuple[Answer, str | None, list[MutationError]]:
    """As `performed`, with the new secret, which is None where there is none."""
    made: list[str] = []

    async def make(work: UnitOfWork) -> UUID:
        new = await mutation(work)
        made[:] = [new.secret]
        return new.client_id

    answer, errors = await run_mutation(info, make)
    return answer, made[0] if not errors else None, errors
