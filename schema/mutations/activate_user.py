"""The mutation `activateUser`."""

from typing import Annotated

import strawberry

from resolvers.mutations.users import activate as user_mutations
from schema.declare.enums import UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input
from schema.declare.scalars import CountryCode, PhoneNumber
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_as_user
from schema.mutations.entered_details import details_of
from schema.mutations.payload import MutationError, errors_field, read_changed
from schema.types.references import OneUser


@gql_input
class ActivateUserInput:
    """Input for `activateUser`. An invited user has no name yet and enters it here. For a user created by an admin,
    omitted details stay as they are."""

    token: str = strawberry.field(description="The token from the activation link.")
    password: str = strawberry.field(description="The user's new password.")
    kind: UserKind | None = strawberry.field(
        description="The kind of the login. If omitted or null, it stays unchanged: `PERSONAL` for invited users.",
        default=strawberry.UNSET,
    )
    first_name: str | None = strawberry.field(
        description="The user's first name, 1 to 100 characters. If omitted or null, it stays unchanged. Required for "
        "a `PERSONAL` user without a first name.",
        default=strawberry.UNSET,
    )
    last_name: str | None = strawberry.field(
        description="The user's last name. The same rules apply as to `firstName`.", default=strawberry.UNSET
    )
    phone: PhoneNumber | None = strawberry.field(
        description="The user's phone number. If omitted or null, it stays unchanged.",
        default=strawberry.UNSET,
        metadata=CHECKED_BESIDE,
    )
    country: CountryCode | None = strawberry.field(
        description="The user's country. If omitted or null, it stays unchanged.",
        default=strawberry.UNSET,
        metadata=CHECKED_BESIDE,
    )


@gql_type
class ActivateUserPayload:
    """The activated user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The activated user, as visible to themselves. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def activate_user(
    info: Info,
    input: Annotated[
        ActivateUserInput, strawberry.argument(description="The token, the password, and the user's details.")
    ],
) -> ActivateUserPayload:
    """Resolves `activateUser`. The payload is read as the user, whom the token authenticates."""
    context = info.context.context
    activation = user_mutations.activate_user(
        context.writing, context.caller, input.token, input.password, details_of(input), problems=malformed_values(info)
    )
    data, errors = await read_changed(info, activation, read_payload_as_user)
    return ActivateUserPayload(data=data, errors=errors)
