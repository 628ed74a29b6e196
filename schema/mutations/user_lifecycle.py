"""The life of a user in the contract: `resendActivation`, `removeUser`, `restoreUser`."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.mutations.users import lifecycle as user_lifecycle
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input, id_of
from schema.mutations.payload import Answer, Info, MutationError, errors_field, read_payload_as_caller, run_mutation
from schema.types.references import OneUser


@gql_input
class ResendActivationInput:
    """Who is to get a new activation mail."""

    id: strawberry.ID = id_of("usr", "The user: pending or expired.")


@gql_input
class RemoveUserInput:
    """Who is to be removed."""

    id: strawberry.ID = id_of("usr", "The user: not removed yet.")


@gql_input
class RestoreUserInput:
    """Who is to come back."""

    id: strawberry.ID = id_of("usr", "The user: removed.")


@gql_type
class ResendActivationPayload:
    """The user who gets a new activation mail, or why they do not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user, with the new activation. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveUserPayload:
    """The user who was removed, or why they were not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed(
        "The user who was removed. Null when refused, and for who has removed themselves: they see nothing any more."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class RestoreUserPayload:
    """The user who was restored, or why they were not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was restored, pending again. Null when refused.")
    errors: list[MutationError] = errors_field()


async def resend_activation(
    info: Info, input: Annotated[ResendActivationInput, strawberry.argument(description="The user.")]
) -> ResendActivationPayload:
    """`resendActivation`: the payload's user is read as the caller sees them."""
    target = key(input.id, "usr")
    answer, errors = await run_mutation(info, lambda work: user_lifecycle.resend_activation(work, target))
    return ResendActivationPayload(answer=answer, errors=errors)


async def remove_user(
    info: Info, input: Annotated[RemoveUserInput, strawberry.argument(description="The user.")]
) -> RemoveUserPayload:
    """`removeUser`: the payload's user is read as the caller sees them."""
    target = key(input.id, "usr")
    answer, errors = await run_mutation(info, lambda work: user_lifecycle.remove(work, target), _shown_unless_gone)
    return RemoveUserPayload(answer=answer, errors=errors)


async def restore_user(
    info: Info, input: Annotated[RestoreUserInput, strawberry.argument(description="The user.")]
) -> RestoreUserPayload:
    """`restoreUser`: the payload's user is read as the caller sees them."""
    target = key(input.id, "usr")
    answer, errors = await run_mutation(info, lambda work: user_lifecycle.restore(work, target))
    return RestoreUserPayload(answer=answer, errors=errors)


async def _shown_unless_gone(info: Info, removed: UUID) -> Answer:
    """What the caller sees of the user; nothing for who has removed themselves."""
    actor = info.context.context.caller.actor
    return {} if actor and actor.id == removed else await read_payload_as_caller(info, removed)
