"""The life of a user in the contract: `resendActivation`, `removeUser`, `restoreUser`."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from resolvers import user_lifecycle
from resolvers.errors import Problem, Refused
from resolvers.unit_of_work import UnitOfWork, perform
from schema.binding import changed, described
from schema.input_check import key
from schema.inputs import described_input
from schema.payload import Answer, Info, MutationError, errors_field, errors_of, shown
from schema.references import OneUser


@described_input
class ResendActivationInput:
    """Who is to get a new activation mail."""

    id: strawberry.ID = strawberry.field(description="The user: pending or expired.")


@described_input
class RemoveUserInput:
    """Who is to be removed."""

    id: strawberry.ID = strawberry.field(description="The user: not removed yet.")


@described_input
class RestoreUserInput:
    """Who is to come back."""

    id: strawberry.ID = strawberry.field(description="The user: removed.")


@described
class ResendActivationPayload:
    """The user who gets a new activation mail, or why they do not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user, with the new activation. Null when refused.")
    errors: list[MutationError] = errors_field()


@described
class RemoveUserPayload:
    """The user who was removed, or why they were not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed(
        "The user who was removed. Null when refused, and for who has removed themselves: they see nothing any more."
    )
    errors: list[MutationError] = errors_field()


@described
class RestoreUserPayload:
    """The user who was restored, or why they were not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who was restored, pending again. Null when refused.")
    errors: list[MutationError] = errors_field()


Change = Callable[[UnitOfWork, UUID | None], Awaitable[UUID]]


async def resend_activation(
    info: Info, input: Annotated[ResendActivationInput, strawberry.argument(description="The user.")]
) -> ResendActivationPayload:
    """`resendActivation`: the payload's user is read as the caller sees them."""
    answer, problems = await _done(info, user_lifecycle.resend_activation, input.id)
    return ResendActivationPayload(answer=answer, errors=errors_of(problems))


async def remove_user(
    info: Info, input: Annotated[RemoveUserInput, strawberry.argument(description="The user.")]
) -> RemoveUserPayload:
    """`removeUser`: the payload's user is read as the caller sees them."""
    answer, problems = await _done(info, user_lifecycle.remove, input.id)
    return RemoveUserPayload(answer=answer, errors=errors_of(problems))


async def restore_user(
    info: Info, input: Annotated[RestoreUserInput, strawberry.argument(description="The user.")]
) -> RestoreUserPayload:
    """`restoreUser`: the payload's user is read as the caller sees them."""
    answer, problems = await _done(info, user_lifecycle.restore, input.id)
    return RestoreUserPayload(answer=answer, errors=errors_of(problems))


async def _done(info: Info, change: Change, id_: str) -> tuple[Answer, tuple[Problem, ...]]:
    """What the payload shows after the change, and what kept it from being done."""
    context, target = info.context.context, key(id_, "usr")
    try:
        user_id = await perform(context.writing, context.caller, lambda work: change(work, target))
    except Refused as refused:
        return {}, refused.problems
    caller = context.caller
    if change is user_lifecycle.remove and caller.actor and caller.actor.id == user_id:
        return {}, ()
    return await shown(info, caller, context.access, user_id), ()
