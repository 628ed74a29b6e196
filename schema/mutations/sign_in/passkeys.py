"""The mutations about passkeys: adding, naming and removing them, and signing in with one."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

import models
from resolvers.errors import MutationRejected, invalid
from resolvers.identity.passkeys import registration
from resolvers.identity.passkeys import sign_in as passkey_sign_in
from resolvers.mutations.users.activate_with_passkey import start_activation_passkey
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from schema.declare.enums import PasskeyUse
from schema.declare.fields import gql_type, reread
from schema.declare.inputs import gql_input, id_of, unset_to_none
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.mutations.payload import MutationError, errors_field, errors_of
from schema.mutations.sign_in.session_holding import (
    SessionKind,
    cookie_for,
    expires_at_field,
    hold,
    hold_enrolled,
    replaced_by,
    session_kind,
    token_field,
)
from schema.types.viewer import Viewer

_ENROLL_TICKET = "The ticket from `signIn`, if it says `mustEnroll`. Omit it if you are signed in."
_VIEWER = "You, with your passkeys. Null if the mutation failed."


@gql_input
class StartPasskeyRegistrationInput:
    """Input for `startPasskeyRegistration`."""

    ticket: str | None = strawberry.field(description=_ENROLL_TICKET, default=strawberry.UNSET)
    activation_token: str | None = strawberry.field(
        description="The token from the activation link, if the passkey is for `activateUserWithPasskey`.",
        default=strawberry.UNSET,
    )


@gql_input
class AddPasskeyInput:
    """Input for `addPasskey`."""

    credential: str = strawberry.field(
        description="What `navigator.credentials.create` returned, as JSON: `JSON.stringify(credential)`."
    )
    name: str = strawberry.field(
        description=f"What you call it, such as the name of the device: 1 to {registration.NAME_MAX} characters on one "
        "line."
    )
    ticket: str | None = strawberry.field(description=_ENROLL_TICKET, default=strawberry.UNSET)
    session: SessionKind = session_kind()


@gql_input
class RenamePasskeyInput:
    """Input for `renamePasskey`."""

    id: strawberry.ID = id_of(models.Passkey, "The id of one of your passkeys.")
    name: str = strawberry.field(description=f"The new name: 1 to {registration.NAME_MAX} characters on one line.")


@gql_input
class RemovePasskeyInput:
    """Input for `removePasskey`."""

    id: strawberry.ID = id_of(models.Passkey, "The id of one of your passkeys.")


@gql_input
class CreatePasskeyChallengeInput:
    """Input for `createPasskeyChallenge`."""

    use: PasskeyUse = strawberry.field(description="What the passkey is to be used for.")
    ticket: str | None = strawberry.field(
        description="The ticket from `signIn`, if the passkey is the second factor. Without it, the passkey signs in "
        "alone.",
        default=strawberry.UNSET,
    )


@gql_input
class SignInWithPasskeyInput:
    """Input for `signInWithPasskey`."""

    credential: str = strawberry.field(
        description="What `navigator.credentials.get` returned, as JSON: `JSON.stringify(credential)`."
    )
    ticket: str | None = strawberry.field(
        description="The ticket from `signIn`, if the challenge was created with it.", default=strawberry.UNSET
    )
    session: SessionKind = session_kind()


@gql_type
class PasskeyOptionsPayload:
    """The options for the browser, or the errors."""

    options: str | None = strawberry.field(
        description="The options in the field `publicKey` of `navigator.credentials.create` or `get`, as JSON, for "
        "`PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`. They are for five "
        "minutes. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class AddPasskeyPayload:
    """The user with the new passkey, and their session if this finished a sign-in; or the errors."""

    data: strawberry.Private[PayloadData]
    recovery_codes: list[str] | None = strawberry.field(
        description="Your recovery codes, as from `confirmTotpEnrollment`. Null if you have some already, or if the "
        "mutation failed."
    )
    token: str | None = token_field()
    expires_at: DateTime | None = expires_at_field()
    viewer: Viewer | None = reread("viewer", _VIEWER)
    errors: list[MutationError] = errors_field()


@gql_type
class ChangedPasskeyPayload:
    """The user after the change, or the errors."""

    data: strawberry.Private[PayloadData]
    viewer: Viewer | None = reread("viewer", _VIEWER)
    errors: list[MutationError] = errors_field()


@gql_type
class SignInWithPasskeyPayload:
    """The new session, or the errors."""

    data: strawberry.Private[PayloadData]
    token: str | None = token_field()
    expires_at: DateTime | None = expires_at_field()
    viewer: Viewer | None = reread("viewer", "The user who is now signed in. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def start_passkey_registration(
    info: Info, input: Annotated[StartPasskeyRegistrationInput, strawberry.argument(description="Who adds a passkey.")]
) -> PasskeyOptionsPayload:
    """Resolves `startPasskeyRegistration`."""
    context, ticket, token = info.context.context, unset_to_none(input.ticket), unset_to_none(input.activation_token)
    try:
        if ticket is not None and token is not None:
            message = "Give a ticket or the token of an activation link, not both."
            raise MutationRejected(invalid(message, "input", "activationToken"))
        if token is not None:
            options = await start_activation_passkey(context.writing, context.caller, token)
        else:
            options = await run_in_transaction(
                context.writing, context.caller, lambda work: registration.start_registration(work, ticket)
            )
    except MutationRejected as rejected:
        return PasskeyOptionsPayload(options=None, errors=errors_of(rejected.problems))
    return PasskeyOptionsPayload(options=options, errors=errors_of())


async def add_passkey(
    info: Info, input: Annotated[AddPasskeyInput, strawberry.argument(description="The passkey and its name.")]
) -> AddPasskeyPayload:
    """Resolves `addPasskey`. The payload is read as the caller, or as the user who is now signed in."""
    context, ticket = info.context.context, unset_to_none(input.ticket)
    try:
        cookie = cookie_for(info, input.session) if ticket is not None else None
        added = await registration.add_passkey(
            context.writing, context.caller, input.credential, input.name, ticket, replaced=replaced_by(cookie)
        )
    except MutationRejected as rejected:
        errors = errors_of(rejected.problems)
        return AddPasskeyPayload(data={}, recovery_codes=None, token=None, expires_at=None, errors=errors)
    token, expires_at, data = await hold_enrolled(info, added.session, cookie)
    return AddPasskeyPayload(
        data=data, recovery_codes=added.recovery_codes, token=token, expires_at=expires_at, errors=errors_of()
    )


async def rename_passkey(
    info: Info, input: Annotated[RenamePasskeyInput, strawberry.argument(description="The passkey and its new name.")]
) -> ChangedPasskeyPayload:
    """Resolves `renamePasskey`. The payload is read as the caller."""
    passkey_id = key(input.id, models.Passkey)

    async def rename(work: UnitOfWork) -> None:
        await registration.rename_passkey(work, passkey_id, input.name)

    return await _changed(info, rename)


async def remove_passkey(
    info: Info, input: Annotated[RemovePasskeyInput, strawberry.argument(description="The passkey.")]
) -> ChangedPasskeyPayload:
    """Resolves `removePasskey`. The payload is read as the caller, whose session continues."""
    passkey_id = key(input.id, models.Passkey)

    async def remove(work: UnitOfWork) -> None:
        await registration.remove_passkey(work, passkey_id)

    return await _changed(info, remove)


async def create_passkey_challenge(
    info: Info, input: Annotated[CreatePasskeyChallengeInput, strawberry.argument(description="What it is for.")]
) -> PasskeyOptionsPayload:
    """Resolves `createPasskeyChallenge`."""
    context, purpose = info.context.context, models.ChallengePurpose(input.use.value)
    try:
        options = await passkey_sign_in.create_challenge(
            context.writing, context.caller, purpose, unset_to_none(input.ticket)
        )
    except MutationRejected as rejected:
        return PasskeyOptionsPayload(options=None, errors=errors_of(rejected.problems))
    return PasskeyOptionsPayload(options=options, errors=errors_of())


async def sign_in_with_passkey(
    info: Info, input: Annotated[SignInWithPasskeyInput, strawberry.argument(description="The signed challenge.")]
) -> SignInWithPasskeyPayload:
    """Resolves `signInWithPasskey`. The payload is read as the user who is now signed in."""
    context = info.context.context
    try:
        cookie = cookie_for(info, input.session)
        session = await passkey_sign_in.sign_in_with_passkey(
            context.writing, context.caller, input.credential, unset_to_none(input.ticket), replaced=replaced_by(cookie)
        )
    except MutationRejected as rejected:
        return SignInWithPasskeyPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    token, data = await hold(info, session, cookie)
    return SignInWithPasskeyPayload(data=data, token=token, expires_at=DateTime(session.expires_at), errors=errors_of())


async def _changed(info: Info, change: Callable[[UnitOfWork], Awaitable[None]]) -> ChangedPasskeyPayload:
    context = info.context.context
    try:
        await run_in_transaction(context.writing, context.caller, change)
    except MutationRejected as rejected:
        return ChangedPasskeyPayload(data={}, errors=errors_of(rejected.problems))
    return ChangedPasskeyPayload(data=await read_payload(info, context.caller, context.access), errors=errors_of())
