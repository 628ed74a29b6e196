"""How a client holds the session that a mutation starts: as a token, or as a cookie."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

import strawberry

from resolvers.callers.credentials import SessionToken
from resolvers.errors import MutationRejected, invalid
from resolvers.identity.session_start import SignedIn
from resolvers.transaction.read import access_of
from schema.declare.enums import gql_enum
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.execution.session_cookie import SessionCookie


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


def session_kind() -> Any:
    """Declares the input field `session`."""
    description = "How you want to hold the session: as a token, or as a cookie."
    return strawberry.field(default=SessionKind.TOKEN, description=description)


def token_field() -> Any:
    """Declares the field `token` of a payload."""
    return strawberry.field(
        description="The session token, to send as `Authorization: Bearer …`. It is returned only once. Null if the "
        "session is a cookie, or if there is none."
    )


def expires_at_field() -> Any:
    """Declares the field `expiresAt` of a payload."""
    return strawberry.field(
        description="When the session expires at the latest. It expires earlier if it is not used. Null if there is "
        "none."
    )


def cookie_for(info: Info, kind: SessionKind) -> SessionCookie | None:
    """Returns the cookie that a session is to be started in; None for a token. Raises `MutationRejected` (INVALID) if
    the request may not start one in a cookie."""
    if kind is not SessionKind.COOKIE:
        return None
    cookie = info.context.context.cookie
    if cookie is None:
        raise MutationRejected(invalid("A session can be a cookie only for a browser.", "input", "session"))
    if cookie.refusal is not None:
        raise MutationRejected(invalid(cookie.refusal, "input", "session"))
    return cookie


def replaced_by(cookie: SessionCookie | None) -> SessionToken | None:
    """The session that the cookie holds until now, which ends with the new one. None if there is none."""
    return None if cookie is None else cookie.session


async def hold(info: Info, session: SignedIn, cookie: SessionCookie | None) -> tuple[str | None, PayloadData]:
    """Puts a new session into the cookie, if there is one. Returns the token if there is none, and the data of the
    payload, which is read as the user who is now signed in."""
    context = info.context.context
    if cookie is not None:
        cookie.issue(session.token)
    caller = replace(context.caller, actor=session.actor, credential=SessionToken.of(session.token.encode()))
    data = await read_payload(info, caller, access_of(context.writing, session.actor))
    return session.token if cookie is None else None, data


async def hold_enrolled(
    info: Info, session: SignedIn | None, cookie: SessionCookie | None
) -> tuple[str | None, DateTime | None, PayloadData]:
    """As `hold`, with the end of the session. Without a new session, there is neither, and the payload is read as the
    caller, whose session continues."""
    if session is None:
        context = info.context.context
        return None, None, await read_payload(info, context.caller, context.access)
    token, data = await hold(info, session, cookie)
    return token, DateTime(session.expires_at), data
