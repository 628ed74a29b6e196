"""The mutations `signIn` and `signOut`."""

from dataclasses import replace
from typing import Annotated

import strawberry

from authz.access import Access
from resolvers.callers.credentials import SessionToken
from resolvers.errors import MutationRejected
from resolvers.identity import sessions
from resolvers.identity.hashing import token_hash
from resolvers.transaction.unit_of_work import run_in_transaction
from schema.declare.fields import gql_type, reread
from schema.declare.inputs import gql_input
from schema.declare.scalars import DateTime, EmailAddress
from schema.execution.read_payload import Info, PayloadData, read_payload
from schema.mutations.payload import MutationError, errors_field, errors_of
from schema.types.viewer import Viewer


@gql_input
class SignInInput:
    """Input for `signIn`."""

    email: EmailAddress = strawberry.field(description="The user's email address.")
    password: str = strawberry.field(description="The user's password.")


@gql_type
class SignInPayload:
    """The new session, or the errors."""

    data: strawberry.Private[PayloadData]
    token: str | None = strawberry.field(
        description="The session token, to send as `Authorization: Bearer …`. It is returned only once. Null if the "
        "mutation failed."
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

    signed_out: bool = strawberry.field(description="Whether the session was ended. Its token is no longer valid.")
    errors: list[MutationError] = errors_field()


async def sign_in(
    info: Info, input: Annotated[SignInInput, strawberry.argument(description="The email address and password.")]
) -> SignInPayload:
    """Resolves `signIn`. The payload is read as the user who is now signed in."""
    context = info.context.context
    try:
        session = await sessions.sign_in(context.writing, context.caller, input.email, input.password)
    except MutationRejected as rejected:
        return SignInPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    caller = replace(context.caller, actor=session.actor, credential=SessionToken(token_hash(session.token)))
    data = await read_payload(info, caller, Access(context.writing.policy, session.actor.traits))
    return SignInPayload(data=data, token=session.token, expires_at=DateTime(session.expires_at), errors=errors_of())


async def sign_out(info: Info) -> SignOutPayload:
    """Resolves `signOut`, which ends the session of the request."""
    context = info.context.context
    try:
        await run_in_transaction(context.writing, context.caller, sessions.sign_out)
    except MutationRejected as rejected:
        return SignOutPayload(signed_out=False, errors=errors_of(rejected.problems))
    return SignOutPayload(signed_out=True, errors=errors_of())
