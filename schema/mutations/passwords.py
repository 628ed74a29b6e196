"""The mutations `changePassword`, `requestPasswordReset`, and `resetPassword`."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.errors import MutationRejected
from resolvers.identity import passwords
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import EmailAddress
from schema.execution.read_payload import Info, PayloadData, read_payload_as_user
from schema.mutations.payload import MutationError, errors_field, errors_of, read_changed
from schema.types.references import OneUser


@gql_input
class ChangePasswordInput:
    """Input for `changePassword`."""

    current_password: str = strawberry.field(description="Your current password.")
    new_password: str = strawberry.field(description="Your new password.")


@gql_input
class RequestPasswordResetInput:
    """Input for `requestPasswordReset`."""

    email: EmailAddress = strawberry.field(description="The user's email address.")


@gql_input
class ResetPasswordInput:
    """Input for `resetPassword`."""

    token: str = strawberry.field(description="The token from the password reset link.")
    password: str = strawberry.field(description="The user's new password.")


@gql_type
class ChangePasswordPayload:
    """The user whose password was changed, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("You, with your new password. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class RequestPasswordResetPayload:
    """Whether the request was accepted. It does not reveal whether an email was sent."""

    accepted: bool = strawberry.field(
        description="Whether the request was accepted, which reveals nothing about the email address. False if the "
        "mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class ResetPasswordPayload:
    """The user whose password was reset, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed(
        "The user whose password was reset, as visible to themselves. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


async def change_password(
    info: Info,
    input: Annotated[ChangePasswordInput, strawberry.argument(description="The current and the new password.")],
) -> ChangePasswordPayload:
    """Resolves `changePassword`. The payload is read as the caller, whose session continues."""
    context = info.context.context
    change = passwords.change_password(context.writing, context.caller, input.current_password, input.new_password)
    data, errors = await read_changed(info, change)
    return ChangePasswordPayload(data=data, errors=errors)


async def request_password_reset(
    info: Info,
    input: Annotated[RequestPasswordResetInput, strawberry.argument(description="The user's email address.")],
) -> RequestPasswordResetPayload:
    """Resolves `requestPasswordReset`. The result does not depend on the email address, except for admins who may
    update the user."""
    context = info.context.context
    try:
        await passwords.request_password_reset(context.writing, context.caller, input.email)
    except MutationRejected as rejected:
        return RequestPasswordResetPayload(accepted=False, errors=errors_of(rejected.problems))
    return RequestPasswordResetPayload(accepted=True, errors=errors_of())


async def reset_password(
    info: Info, input: Annotated[ResetPasswordInput, strawberry.argument(description="The token and the new password.")]
) -> ResetPasswordPayload:
    """Resolves `resetPassword`. The payload is read as the user, whom the token authenticates."""
    context = info.context.context

    async def reset() -> UUID:
        user_id = await passwords.reset_password(context.writing, context.caller, input.token, input.password)
        if context.cookie is not None and context.caller.actor is not None and context.caller.actor.id == user_id:
            context.cookie.end(context.caller.session_hash)
        return user_id

    data, errors = await read_changed(info, reset(), read_payload_as_user)
    return ResetPasswordPayload(data=data, errors=errors)
