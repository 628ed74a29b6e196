"""The mutations about sessions: `signIn`, `signOut`, `endSession`, and `endOtherSessions`."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import strawberry

import models
from authz.access import Access
from resolvers.callers.credentials import SessionToken
from resolvers.errors import MutationRejected, Problem, invalid
from resolvers.identity import sessions
from resolvers.public_id import key
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.enums import gql_enum
from schema.declare.fields import gql_type, reread
from schema.declare.inputs import gql_input, id_of
from schema.declare.scalars import DateTime, EmailAddress
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.execution.session_cookie import SessionCookie
from schema.mutations.payload import MutationError, errors_field, errors_of
from schema.types.viewer import Viewer


class SessionKind(StrEnum):
    """How a client holds a session."""

    TOKEN = "TOKEN"  # noqa: S105
    COOKIE = "COOKIE"


gql_enum(
    SessionKind,
    "How a client holds the session that `signIn` starts.",
    TOKEN="The response contains the token of the session, to send as `Authorization: Bearer …`.",  # noqa: S106
    COOKIE="For pages at the base URL of the server: the response sets the session as a cookie, which the page can't "
    "read, and contains no token. Each request of the session must have the header `Portico-Session: cookie`.",
)


@gql_input
class SignInInput:
    """Input for `signIn`."""

    email: EmailAddress = strawberry.field(description="The user's email address.")
    password: str = strawberry.field(description="The user's password.")
    session: SessionKind = strawberry.field(
        default=SessionKind.TOKEN, description="How you want to hold the session: as a token, or as a cookie."
    )


@gql_input
class EndSessionInput:
    """Input for `endSession`."""

    id: strawberry.ID = id_of(models.Session, "The id of one of your open sessions.")


@gql_type
class SignInPayload:
    """The new session, or the errors."""

    data: strawberry.Private[PayloadData]
    token: str | None = strawberry.field(
        description="The session token, to send as `Authorization: Bearer …`. It is returned only once. Null if the "
        "session is a cookie, or if the mutation failed."
    )
    expires_at: DateTime | None = strawberry.field(
        description="When the session expires at the latest. It expires earlier if it is not used. Null if the "
        "mutation failed."
    )
    viewer: Viewer | None = reread("viewer", "The user who is now signed in. Null if the mutation failed.")
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
        cookie = _cookie(context.cookie) if input.session is SessionKind.COOKIE else None
        replaced = cookie.session if cookie is not None else None
        session = await sessions.sign_in(
            context.writing, context.caller, input.email, input.password, replaced=replaced
        )
    except MutationRejected as rejected:
        return SignInPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    if cookie is not None:
        cookie.issue(session.token)
    caller = replace(context.caller, actor=session.actor, credential=SessionToken.of(session.token.encode()))
    data = await read_payload(info, caller, Access(context.writing.policy, session.actor.traits))
    token = session.token if cookie is None else None
    return SignInPayload(data=data, token=token, expires_at=DateTime(session.expires_at), errors=errors_of())


def _cookie(cookie: SessionCookie | None) -> SessionCookie:
    """The cookie that a session may be started in. Raises `MutationRejected` (INVALID) if there is none."""
    if cookie is None:
        raise MutationRejected(invalid("A session can be a cookie only for a browser.", "input", "session"))
    if cookie.refusal is not None:
        raise MutationRejected(invalid(cookie.refusal, "input", "session"))
    return cookie


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
