"""Signing in and out, in the contract."""

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
from schema.mutations.payload import Answer, Info, MutationError, errors_field, errors_of, read_payload
from schema.types.viewer import Viewer


@gql_input
class SignInInput:
    """Who signs in."""

    email: EmailAddress = strawberry.field(description="The user's email.")
    password: str = strawberry.field(description="The user's password.")


@gql_type
class SignInPayload:
    """A new session, or why there is none."""

    answer: strawberry.Private[Answer]
    token: str | None = strawberry.field(
        description="The session token. Send it as `Authorization: Bearer …`; it is shown this once. Null when refused."
    )
    expires_at: DateTime | None = strawberry.field(
        description="When the session ends at the latest. It ends sooner when it is not used. Null when refused."
    )
    viewer: Viewer | None = reread("viewer", "Who is signed in now. Null when refused.")
    errors: list[MutationError] = errors_field()


@gql_type
class SignOutPayload:
    """The end of a session."""

    signed_out: bool = strawberry.field(description="Whether a session was ended. Its token is worth nothing any more.")
    errors: list[MutationError] = errors_field()


async def sign_in(
    info: Info, input: Annotated[SignInInput, strawberry.argument(description="Who signs in.")]
) -> SignInPayload:
    """`signIn`: the payload's viewer is read as the user who is signed in now."""
    context = info.context.context
    try:
        session = await sessions.sign_in(context.writing, context.caller, input.email, input.password)
    except MutationRejected as refused:
        return SignInPayload(answer={}, token=None, expires_at=None, errors=errors_of(refused.problems))
    caller = replace(context.caller, actor=session.actor, credential=SessionToken(token_hash(session.token)))
    answer = await read_payload(info, caller, Access(context.writing.policy, session.actor.traits))
    return SignInPayload(
        answer=answer, token=session.token, expires_at=DateTime(session.expires_at), errors=errors_of()
    )


async def sign_out(info: Info) -> SignOutPayload:
    """`signOut`: ends the session whose token came with the request."""
    context = info.context.context
    try:
        await run_in_transaction(context.writing, context.caller, sessions.sign_out)
    except MutationRejected as refused:
        return SignOutPayload(signed_out=False, errors=errors_of(refused.problems))
    return SignOutPayload(signed_out=True, errors=errors_of())
