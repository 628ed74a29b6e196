"""The mutations about sessions: `signIn`, `signOut`, `endSession`, and `endOtherSessions`."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

import models
from resolvers.errors import MutationRejected, Problem
from resolvers.identity import sessions
from resolvers.identity.sign_in_tickets import SecondFactorNeeded
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.enums import SecondFactorMethod
from schema.declare.fields import gql_type, reread
from schema.declare.inputs import gql_input, id_of
from schema.declare.scalars import DateTime, EmailAddress
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.mutations.payload import MutationError, errors_field, errors_of
from schema.mutations.sign_in.session_holding import (
    SessionKind,
    cookie_for,
    expires_at_field,
    hold,
    replaced_by,
    session_kind,
    token_field,
)
from schema.types.viewer import Viewer


@gql_input
class SignInInput:
    """Input for `signIn`."""

    email: EmailAddress = strawberry.field(description="The user's email address.")
    password: str = strawberry.field(description="The user's password.")
    session: SessionKind = session_kind()


@gql_input
class EndSessionInput:
    """Input for `endSession`."""

    id: strawberry.ID = id_of(models.Session, "The id of one of your open sessions.")


@gql_type
class SecondFactorStep:
    """What a user has to do in addition to the password. Until then, nobody is signed in."""

    ticket: str = strawberry.field(
        description="Shows that the password was given. It is for the second step only: `completeSignIn`, or if "
        "`mustEnroll`, `startTotpEnrollment` and `confirmTotpEnrollment`."
    )
    expires_at: DateTime = strawberry.field(description="When the ticket expires. Then the sign-in begins anew.")
    methods: list[SecondFactorMethod] = strawberry.field(description="What the user can give. Empty if `mustEnroll`.")
    must_enroll: bool = strawberry.field(
        description="Whether the user has no second factor, but must have one: they set one up now."
    )


@gql_type
class SignInPayload:
    """The new session, what is still needed for one, or the errors."""

    data: strawberry.Private[PayloadData]
    token: str | None = token_field()
    expires_at: DateTime | None = expires_at_field()
    second_factor: SecondFactorStep | None = strawberry.field(
        description="The second step, if the password is right but is not enough: then there is no session yet, and no "
        "error. Null otherwise.",
        default=None,
    )
    viewer: Viewer | None = reread("viewer", "The user who is now signed in. Null if nobody is.")
    errors: list[MutationError] = errors_field()


@gql_type
class SignOutPayload:
    """Whether a session was ended, or the errors."""

    signed_out: bool = strawberry.field(
        description="Whether the session was ended. Its token is no longer valid, and its cookie is deleted."
    )
    errors: list[MutationError] = errors_field()


@gql_type
class EndSessionPayload:
    """The session that was ended, or the errors."""

    data: strawberry.Private[PayloadData]
    ended_session: strawberry.ID | None = strawberry.field(
        description="The id of the session that was ended. Null if the mutation failed."
    )
    viewer: Viewer | None = reread(
        "viewer",
        "You, with your other sessions. Null if you ended the session of this request, or if the mutation failed.",
    )
    errors: list[MutationError] = errors_field()


@gql_type
class EndOtherSessionsPayload:
    """How many sessions were ended, or the errors."""

    data: strawberry.Private[PayloadData]
    ended_count: int | None = strawberry.field(
        description="How many open sessions were ended. Null if the mutation failed."
    )
    viewer: Viewer | None = reread("viewer", "You, with the session that is left. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def sign_in(
    info: Info, input: Annotated[SignInInput, strawberry.argument(description="The email address and password.")]
) -> SignInPayload:
    """Resolves `signIn`. The payload is read as the user who is now signed in."""
    context = info.context.context
    try:
        cookie = cookie_for(info, input.session)
        session = await sessions.sign_in(
            context.writing, context.caller, input.email, input.password, replaced=replaced_by(cookie)
        )
    except SecondFactorNeeded as needed:
        ticket = needed.ticket
        step = SecondFactorStep(
            ticket=ticket.token,
            expires_at=DateTime(ticket.expires_at),
            methods=list(ticket.methods),
            must_enroll=not ticket.methods,
        )
        return SignInPayload(data={}, token=None, expires_at=None, second_factor=step, errors=errors_of())
    except MutationRejected as rejected:
        return SignInPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    token, data = await hold(info, session, cookie)
    return SignInPayload(data=data, token=token, expires_at=DateTime(session.expires_at), errors=errors_of())


async def sign_out(info: Info) -> SignOutPayload:
    """Resolves `signOut`, which ends the session of the request."""
    context = info.context.context
    problems: Sequence[Problem] = ()
    try:
        await run_in_transaction(context.writing, context.caller, sessions.sign_out)
    except MutationRejected as rejected:
        problems = rejected.problems
    # Also if it has ended before.
    _end_cookie(info)
    return SignOutPayload(signed_out=not problems, errors=errors_of(problems))


async def end_session(
    info: Info, input: Annotated[EndSessionInput, strawberry.argument(description="The session to end.")]
) -> EndSessionPayload:
    """Resolves `endSession`. The payload is read as the caller, unless they have ended their own session."""
    context = info.context.context
    session_id = key(input.id, models.Session)
    try:
        is_current = await run_in_transaction(
            context.writing, context.caller, lambda work: sessions.end_session(work, session_id)
        )
    except MutationRejected as rejected:
        return EndSessionPayload(data={}, ended_session=None, errors=errors_of(rejected.problems))
    data: PayloadData = {}
    if is_current:
        _end_cookie(info)
    else:
        data = await read_payload(info, context.caller, context.access)
    return EndSessionPayload(data=data, ended_session=input.id, errors=errors_of())


async def end_other_sessions(info: Info) -> EndOtherSessionsPayload:
    """Resolves `endOtherSessions`. The payload is read as the caller, whose session continues."""
    context = info.context.context
    try:
        count = await run_in_transaction(context.writing, context.caller, sessions.end_other_sessions)
    except MutationRejected as rejected:
        return EndOtherSessionsPayload(data={}, ended_count=None, errors=errors_of(rejected.problems))
    data = await read_payload(info, context.caller, context.access)
    return EndOtherSessionsPayload(data=data, ended_count=count, errors=errors_of())


def _end_cookie(info: Info) -> None:
    """Deletes the cookie of the session that the request belongs to, and that has ended."""
    context = info.context.context
    if context.cookie is not None:
        context.cookie.end(context.caller.session_hash)
