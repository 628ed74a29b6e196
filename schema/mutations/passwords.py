"""Changing and resetting passwords, in the contract."""

from typing import Annotated

import strawberry

from resolvers.errors import MutationRejected
from resolvers.identity import passwords
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import gql_input
from schema.declare.scalars import EmailAddress
from schema.mutations.payload import (
    Answer,
    Info,
    MutationError,
    errors_field,
    errors_of,
    read_payload_as_caller,
    read_payload_as_user,
    run_mutation,
)
from schema.types.references import OneUser


@gql_input
class ChangePasswordInput:
    """The password that you have, and the one that you want."""

    current_password: str = strawberry.field(description="The password that you sign in with now.")
    new_password: str = strawberry.field(description="The password that you will sign in with from now on.")


@gql_input
class RequestPasswordResetInput:
    """Who can't sign in."""

    email: EmailAddress = strawberry.field(description="The address that the user signs in with.")


@gql_input
class ResetPasswordInput:
    """What the link in the mail carries, and what its reader chooses."""

    token: str = strawberry.field(description="The token from the link for a new password.")
    password: str = strawberry.field(description="The password that the user will sign in with.")


@gql_type
class ChangePasswordPayload:
    """The user who has a new password, or why they have not."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("You. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class RequestPasswordResetPayload:
    """That the request was heard. Whether a mail was sent is known to its reader only."""

    accepted: bool = strawberry.field(
        description="Whether the request was heard, which says nothing about the email. False when refused."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class ResetPasswordPayload:
    """The user who can sign in with the new password, or why they can't."""

    answer: strawberry.Private[Answer]
    user: OneUser | None = changed("The user who has a new password, as they see themselves. Null when refused.")
    errors: list[MutationError] = errors_field()


async def change_password(
    info: Info, input: Annotated[ChangePasswordInput, strawberry.argument(description="Both passwords.")]
) -> ChangePasswordPayload:
    """`changePassword`: the payload's user is read as the caller, whose session goes on."""
    context = info.context.context
    try:
        user_id = await passwords.change(context.writing, context.caller, input.current_password, input.new_password)
    except MutationRejected as refused:
        return ChangePasswordPayload(answer={}, errors=errors_of(refused.problems))
    return ChangePasswordPayload(answer=await read_payload_as_caller(info, user_id), errors=errors_of())


async def request_password_reset(
    info: Info, input: Annotated[RequestPasswordResetInput, strawberry.argument(description="Who can't sign in.")]
) -> RequestPasswordResetPayload:
    """`requestPasswordReset`: one answer, whoever has the email, but for admins who may change that user."""
    context = info.context.context
    try:
        await passwords.request_reset(context.writing, context.caller, input.email)
    except MutationRejected as refused:
        return RequestPasswordResetPayload(accepted=False, errors=errors_of(refused.problems))
    return RequestPasswordResetPayload(accepted=True, errors=errors_of())


async def reset_password(
    info: Info, input: Annotated[ResetPasswordInput, strawberry.argument(description="Token and password.")]
) -> ResetPasswordPayload:
    """`resetPassword`: the payload's user is read as themselves, who have shown with the token that it is them."""
    answer, errors = await run_mutation(
        info, lambda work: passwords.reset(work, input.token, input.password), read_payload_as_user
    )
    return ResetPasswordPayload(answer=answer, errors=errors)
