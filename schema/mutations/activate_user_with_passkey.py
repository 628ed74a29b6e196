"""The mutation `activateUserWithPasskey`."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.identity.passkeys.registration import NAME_MAX
from resolvers.mutations.users.activate_with_passkey import MadePasskey, activate_with_passkey
from schema.declare.enums import UserKind
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import CHECKED_BESIDE, gql_input
from schema.declare.scalars import CountryCode, PhoneNumber
from schema.execution.read_payload import Info, PayloadData, malformed_values, read_payload_as_user
from schema.mutations.entered_details import details_of
from schema.mutations.payload import MutationError, errors_field, read_changed
from schema.types.references import OneUser

_AS_IN_ACTIVATE_USER = "As in `activateUser`."


@gql_input
class ActivateUserWithPasskeyInput:
    """Input for `activateUserWithPasskey`: as for `activateUser`, with a passkey instead of the password."""

    token: str = strawberry.field(description="The token from the activation link.")
    credential: str = strawberry.field(
        description="What `navigator.credentials.create` returned for the options of `startPasskeyRegistration`, with "
        "the token as its `activationToken`, as JSON: `JSON.stringify(credential)`."
    )
    passkey_name: str = strawberry.field(
        description=f"What the user calls the passkey, such as the name of the device: 1 to {NAME_MAX} characters on "
        "one line."
    )
    kind: UserKind | None = strawberry.field(description=_AS_IN_ACTIVATE_USER, default=strawberry.UNSET)
    first_name: str | None = strawberry.field(description=_AS_IN_ACTIVATE_USER, default=strawberry.UNSET)
    last_name: str | None = strawberry.field(description=_AS_IN_ACTIVATE_USER, default=strawberry.UNSET)
    phone: PhoneNumber | None = strawberry.field(
        description=_AS_IN_ACTIVATE_USER, default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )
    country: CountryCode | None = strawberry.field(
        description=_AS_IN_ACTIVATE_USER, default=strawberry.UNSET, metadata=CHECKED_BESIDE
    )


@gql_type
class ActivateUserWithPasskeyPayload:
    """The activated user, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The activated user, as visible to themselves. Null if the mutation failed.")
    recovery_codes: list[str] | None = strawberry.field(
        description="The user's recovery codes: each is the second factor once, after a password. They are returned "
        "this once only. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


async def activate_user_with_passkey(
    info: Info,
    input: Annotated[
        ActivateUserWithPasskeyInput,
        strawberry.argument(description="The token, the passkey, and the user's details."),
    ],
) -> ActivateUserWithPasskeyPayload:
    """Resolves `activateUserWithPasskey`. The payload is read as the user, whom the token authenticates."""
    context, passkey = info.context.context, MadePasskey(input.credential, input.passkey_name)
    codes: list[str] = []

    async def activate() -> UUID:
        activated = await activate_with_passkey(
            context.writing, context.caller, input.token, passkey, details_of(input), problems=malformed_values(info)
        )
        codes.extend(activated.recovery_codes)
        return activated.user_id

    data, errors = await read_changed(info, activate(), read_payload_as_user)
    return ActivateUserWithPasskeyPayload(data=data, recovery_codes=codes or None, errors=errors)
