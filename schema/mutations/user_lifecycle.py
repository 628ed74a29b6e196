"""The mutations of the lifecycle of users: `resendActivation`, `removeUser`, `restoreUser`."""

from typing import Annotated
from uuid import UUID

import strawberry

import models
from resolvers.mutations.users import lifecycle as user_mutations
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.execution.read_payload import Info, PayloadData, read_payload_as_caller
from schema.mutations.payload import MutationError, errors_field, run_mutation
from schema.types.references import OneUser


@gql_input
class ResendActivationInput:
    """Input for `resendActivation`."""

    id: strawberry.ID = id_of(models.User, "The id of the user, who must be pending or expired.")


@gql_input
class RemoveUserInput:
    """Input for `removeUser`."""

    id: strawberry.ID = id_of(models.User, "The id of the user, who must not be removed yet.")


@gql_input
class RestoreUserInput:
    """Input for `restoreUser`."""

    id: strawberry.ID = id_of(models.User, "The id of the user, who must be removed.")


@gql_type
class ResendActivationPayload:
    """The user who was sent a new activation email, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The user, with the new activation link. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveUserPayload:
    """The removed user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed(
        "The removed user. Null if the mutation failed, or if you removed yourself and therefore can't see anything "
        "anymore."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RestoreUserPayload:
    """The restored user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The restored user, who is pending again. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def resend_activation(
    info: Info,
    input: Annotated[ResendActivationInput, strawberry.argument(description="The user to send the email to.")],
) -> ResendActivationPayload:
    """Resolves `resendActivation`. The payload is read as the caller."""
    user_id = key(input.id, models.User)
    data, errors = await run_mutation(info, lambda work: user_mutations.resend_activation(work, user_id))
    return ResendActivationPayload(data=data, errors=errors)


async def remove_user(
    info: Info, input: Annotated[RemoveUserInput, strawberry.argument(description="The user to remove.")]
) -> RemoveUserPayload:
    """Resolves `removeUser`. The payload is read as the caller."""
    user_id = key(input.id, models.User)
    data, errors = await run_mutation(
        info, lambda work: user_mutations.remove_user(work, user_id), _read_unless_self_removed
    )
    return RemoveUserPayload(data=data, errors=errors)


async def restore_user(
    info: Info, input: Annotated[RestoreUserInput, strawberry.argument(description="The user to restore.")]
) -> RestoreUserPayload:
    """Resolves `restoreUser`. The payload is read as the caller."""
    user_id = key(input.id, models.User)
    data, errors = await run_mutation(info, lambda work: user_mutations.restore_user(work, user_id))
    return RestoreUserPayload(data=data, errors=errors)


async def _read_unless_self_removed(info: Info, removed: UUID) -> PayloadData:
    """Reads the payload as the caller, unless the caller removed themselves."""
    actor = info.context.context.caller.actor
    return {} if actor and actor.id == removed else await read_payload_as_caller(info, removed)
