"""The mutations about second factors: the second step of a sign-in, setting them up, and proving again who one is."""

from typing import Annotated
from uuid import UUID

import strawberry

import models
from resolvers.errors import MutationRejected
from resolvers.identity import second_step, step_up, totp_enrollment
from resolvers.identity.step_up import GivenProof
from resolvers.mutations.users import reset_second_factors as reset
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from schema.declare.fields import changed, gql_type, reread
from schema.declare.inputs import gql_input, id_of, unset_to_none
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.mutations.payload import MutationError, errors_field, errors_of, run_mutation
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
from schema.types.references import OneUser
from schema.types.viewer import Viewer

_TICKET = "The ticket from `signIn`, if it says `mustEnroll`. Omit it if you are signed in."
_VIEWER = "You, with your second factors. Null if the mutation failed."


@gql_input
class CompleteSignInInput:
    """Input for `completeSignIn`."""

    ticket: str = strawberry.field(description="The ticket from `signIn`.")
    code: str = strawberry.field(description="A code of the authenticator app, or a recovery code.")
    session: SessionKind = session_kind()


@gql_input
class ReauthenticateInput:
    """Input for `reauthenticate`: a code or a passkey if you have a second factor, otherwise your password."""

    password: str | None = strawberry.field(
        description="Your password. Only if you have no second factor.", default=strawberry.UNSET
    )
    code: str | None = strawberry.field(
        description="A code of your authenticator app, or a recovery code.", default=strawberry.UNSET
    )
    passkey: str | None = strawberry.field(
        description="What `navigator.credentials.get` returned, as JSON, for a challenge to `PROVE` who you are.",
        default=strawberry.UNSET,
    )


@gql_input
class StartTotpEnrollmentInput:
    """Input for `startTotpEnrollment`."""

    ticket: str | None = strawberry.field(description=_TICKET, default=strawberry.UNSET)


@gql_input
class ConfirmTotpEnrollmentInput:
    """Input for `confirmTotpEnrollment`."""

    enrollment: str = strawberry.field(description="The `enrollment` from `startTotpEnrollment`.")
    code: str = strawberry.field(description="The code that the app displays now.")
    ticket: str | None = strawberry.field(description=_TICKET, default=strawberry.UNSET)
    session: SessionKind = session_kind()


@gql_input
class ResetSecondFactorsInput:
    """Input for `resetSecondFactors`."""

    id: strawberry.ID = id_of(models.User, "The id of the user.")


@gql_type
class QrCode:
    """A QR code, to be drawn as an SVG image: `<svg viewBox="0 0 SIZE SIZE"><path stroke="#000" d="PATH"/></svg>`, on
    white."""

    size: int = strawberry.field(description="The width and the height of the square, with its margin.")
    path: str = strawberry.field(description="The dark parts, as the path of a stroke with the width 1.")


@gql_type
class CompleteSignInPayload:
    """The new session, or the errors."""

    data: strawberry.Private[PayloadData]
    token: str | None = token_field()
    expires_at: DateTime | None = expires_at_field()
    viewer: Viewer | None = reread("viewer", "The user who is now signed in. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class ReauthenticatePayload:
    """Until when the proof counts, or the errors."""

    expires_at: DateTime | None = strawberry.field(
        description="Until when mutations don't ask for a proof again. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class StartTotpEnrollmentPayload:
    """A secret for an authenticator app, or the errors."""

    enrollment: str | None = strawberry.field(
        description="For `confirmTotpEnrollment`, which takes it for a few minutes. Null if the mutation failed."
    )
    secret: str | None = strawberry.field(
        description="The secret in base32, for users who type it into the app. Null if the mutation failed."
    )
    uri: str | None = strawberry.field(
        description="The address `otpauth://totp/…` of the secret, for a link on a phone. Null if the mutation failed."
    )
    qr_code: QrCode | None = strawberry.field(
        description="The QR code of that address, for the camera of a phone. Null if the mutation failed."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class ConfirmTotpEnrollmentPayload:
    """The user with the new second factor, and their session if this finished a sign-in; or the errors."""

    data: strawberry.Private[PayloadData]
    recovery_codes: list[str] | None = strawberry.field(
        description="Your recovery codes, each of which replaces a second factor once. They are returned only once. "
        "Null if you have some already, or if the mutation failed."
    )
    token: str | None = token_field()
    expires_at: DateTime | None = expires_at_field()
    viewer: Viewer | None = reread("viewer", _VIEWER)
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveTotpPayload:
    """The user without the second factor, or the errors."""

    data: strawberry.Private[PayloadData]
    viewer: Viewer | None = reread("viewer", _VIEWER)
    errors: list[MutationError] = errors_field()


@gql_type
class CreateRecoveryCodesPayload:
    """New recovery codes, or the errors."""

    data: strawberry.Private[PayloadData]
    recovery_codes: list[str] | None = strawberry.field(
        description="Your recovery codes. They are returned only once. Null if the mutation failed."
    )
    viewer: Viewer | None = reread("viewer", _VIEWER)
    errors: list[MutationError] = errors_field()


@gql_type
class ResetSecondFactorsPayload:
    """The user without second factors, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The user. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def complete_sign_in(
    info: Info, input: Annotated[CompleteSignInInput, strawberry.argument(description="The ticket and the code.")]
) -> CompleteSignInPayload:
    """Resolves `completeSignIn`. The payload is read as the user who is now signed in."""
    context = info.context.context
    try:
        cookie = cookie_for(info, input.session)
        session = await second_step.complete_sign_in(
            context.writing, context.caller, input.ticket, input.code, replaced=replaced_by(cookie)
        )
    except MutationRejected as rejected:
        return CompleteSignInPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    token, data = await hold(info, session, cookie)
    return CompleteSignInPayload(data=data, token=token, expires_at=DateTime(session.expires_at), errors=errors_of())


async def reauthenticate(
    info: Info, input: Annotated[ReauthenticateInput, strawberry.argument(description="What proves who you are.")]
) -> ReauthenticatePayload:
    """Resolves `reauthenticate`."""
    context = info.context.context
    given = input.password, input.code, input.passkey
    proof = GivenProof(*(unset_to_none(each) for each in given))
    try:
        expires_at = await step_up.reauthenticate(context.writing, context.caller, proof)
    except MutationRejected as rejected:
        return ReauthenticatePayload(expires_at=None, errors=errors_of(rejected.problems))
    return ReauthenticatePayload(expires_at=DateTime(expires_at), errors=errors_of())


async def start_totp_enrollment(
    info: Info, input: Annotated[StartTotpEnrollmentInput, strawberry.argument(description="Who enrolls.")]
) -> StartTotpEnrollmentPayload:
    """Resolves `startTotpEnrollment`."""
    context, ticket = info.context.context, unset_to_none(input.ticket)
    try:
        started = await run_in_transaction(
            context.writing, context.caller, lambda work: totp_enrollment.start_totp(work, ticket)
        )
    except MutationRejected as rejected:
        errors = errors_of(rejected.problems)
        return StartTotpEnrollmentPayload(enrollment=None, secret=None, uri=None, qr_code=None, errors=errors)
    code = QrCode(size=started.qr_code.size, path=started.qr_code.path)
    return StartTotpEnrollmentPayload(
        enrollment=started.enrollment, secret=started.secret, uri=started.uri, qr_code=code, errors=errors_of()
    )


async def confirm_totp_enrollment(
    info: Info, input: Annotated[ConfirmTotpEnrollmentInput, strawberry.argument(description="The app and its code.")]
) -> ConfirmTotpEnrollmentPayload:
    """Resolves `confirmTotpEnrollment`. The payload is read as the caller, or as the user who is now signed in."""
    context, ticket = info.context.context, unset_to_none(input.ticket)
    try:
        cookie = cookie_for(info, input.session) if ticket is not None else None
        confirmed = await totp_enrollment.confirm_totp(
            context.writing, context.caller, input.enrollment, input.code, ticket, replaced=replaced_by(cookie)
        )
    except MutationRejected as rejected:
        errors = errors_of(rejected.problems)
        return ConfirmTotpEnrollmentPayload(data={}, recovery_codes=None, token=None, expires_at=None, errors=errors)
    token, expires_at, data = await hold_enrolled(info, confirmed.session, cookie)
    return ConfirmTotpEnrollmentPayload(
        data=data, recovery_codes=confirmed.recovery_codes, token=token, expires_at=expires_at, errors=errors_of()
    )


async def remove_totp(info: Info) -> RemoveTotpPayload:
    """Resolves `removeTotp`. The payload is read as the caller, whose session continues."""
    context = info.context.context
    try:
        await run_in_transaction(context.writing, context.caller, totp_enrollment.remove_totp)
    except MutationRejected as rejected:
        return RemoveTotpPayload(data={}, errors=errors_of(rejected.problems))
    return RemoveTotpPayload(data=await read_payload(info, context.caller, context.access), errors=errors_of())


async def create_recovery_codes(info: Info) -> CreateRecoveryCodesPayload:
    """Resolves `createRecoveryCodes`. The payload is read as the caller, whose session continues."""
    context = info.context.context
    try:
        codes = await run_in_transaction(context.writing, context.caller, totp_enrollment.create_recovery_codes)
    except MutationRejected as rejected:
        return CreateRecoveryCodesPayload(data={}, recovery_codes=None, errors=errors_of(rejected.problems))
    data = await read_payload(info, context.caller, context.access)
    return CreateRecoveryCodesPayload(data=data, recovery_codes=codes, errors=errors_of())


async def reset_second_factors(
    info: Info, input: Annotated[ResetSecondFactorsInput, strawberry.argument(description="The user.")]
) -> ResetSecondFactorsPayload:
    """Resolves `resetSecondFactors`. The payload is read as the caller."""
    user_id = key(input.id, models.User)

    async def run(work: UnitOfWork) -> UUID:
        return await reset.reset_second_factors(work, user_id)

    data, errors = await run_mutation(info, run)
    return ResetSecondFactorsPayload(data=data, errors=errors)
