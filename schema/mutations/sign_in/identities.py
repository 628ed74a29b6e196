"""The mutations `signInWithProvider`, `linkIdentity` and `unlinkIdentity`."""

from typing import Annotated

import strawberry

import models
from resolvers.errors import MutationRejected
from resolvers.mutations.single_sign_on import identities
from resolvers.mutations.single_sign_on.sign_in import sign_in_by_provider
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type, reread
from schema.declare.inputs import gql_input, id_of, unset_to_none
from schema.declare.scalars import DateTime
from schema.execution.read_payload import Info, PayloadData, read_payload_as_user
from schema.mutations.payload import MutationError, errors_field, errors_of, read_changed, run_mutation
from schema.mutations.sign_in.session_holding import SessionKind, cookie_for, hold, replaced_by
from schema.types.references import OneUser
from schema.types.viewer import Viewer

_CODE = "The parameter `code` with which the browser came back from the provider. It is valid once, for 5 minutes."
_VERIFIER = "The verifier of the `code_challenge` (RFC 7636, S256) with which the page began the sign-in."


@gql_input
class SignInWithProviderInput:
    """Input for `signInWithProvider`."""

    code: str = strawberry.field(description=_CODE)
    code_verifier: str = strawberry.field(description=_VERIFIER)
    session: SessionKind = strawberry.field(
        default=SessionKind.TOKEN, description="How you want to hold the session: as a token, or as a cookie."
    )


@gql_input
class LinkIdentityInput:
    """Input for `linkIdentity`."""

    code: str = strawberry.field(description=f"{_CODE} With a `token` it is valid for an hour.")
    code_verifier: str = strawberry.field(description=_VERIFIER)
    token: str | None = strawberry.field(
        description="The token from an activation link, or from the link in the email that `signInWithProvider` sent. "
        "If omitted, the identity is linked with you.",
        default=strawberry.UNSET,
    )


@gql_input
class UnlinkIdentityInput:
    """Input for `unlinkIdentity`."""

    id: strawberry.ID = id_of(models.User, "The id of the user: you, or a user whom you may update.")


@gql_type
class SignInWithProviderPayload:
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
class LinkIdentityPayload:
    """The user whose identity was linked, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The user, as visible to themselves. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class UnlinkIdentityPayload:
    """The user whose identity was unlinked, or the errors."""

    data: strawberry.Private[PayloadData]
    user: OneUser | None = changed("The user. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def sign_in_with_provider(
    info: Info, input: Annotated[SignInWithProviderInput, strawberry.argument(description="The code and its verifier.")]
) -> SignInWithProviderPayload:
    """Resolves `signInWithProvider`. The payload is read as the user who is now signed in."""
    context = info.context.context
    try:
        cookie = cookie_for(info, input.session)
        session = await sign_in_by_provider(
            context.writing, context.caller, input.code, input.code_verifier, replaced=replaced_by(cookie)
        )
    except MutationRejected as rejected:
        return SignInWithProviderPayload(data={}, token=None, expires_at=None, errors=errors_of(rejected.problems))
    token, data = await hold(info, session, cookie)
    return SignInWithProviderPayload(
        data=data, token=token, expires_at=DateTime(session.expires_at), errors=errors_of()
    )


async def link_identity(
    info: Info, input: Annotated[LinkIdentityInput, strawberry.argument(description="The code and the link.")]
) -> LinkIdentityPayload:
    """Resolves `linkIdentity`. The payload is read as the user, whom the session or the token authenticates."""
    context = info.context.context
    link = identities.link_identity(
        context.writing, context.caller, input.code, input.code_verifier, unset_to_none(input.token)
    )
    data, errors = await read_changed(info, link, read_payload_as_user)
    return LinkIdentityPayload(data=data, errors=errors)


async def unlink_identity(
    info: Info, input: Annotated[UnlinkIdentityInput, strawberry.argument(description="The user.")]
) -> UnlinkIdentityPayload:
    """Resolves `unlinkIdentity`. The payload is read as the caller."""
    user = key(input.id, models.User)
    data, errors = await run_mutation(info, lambda work: identities.unlink_identity(work, user))
    return UnlinkIdentityPayload(data=data, errors=errors)
