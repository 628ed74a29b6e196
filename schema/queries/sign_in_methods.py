"""The query `signInMethods`: how somebody with an email address signs in."""

from typing import Annotated
from urllib.parse import urlencode

import strawberry

from resolvers.errors import MutationRejected
from resolvers.mutations.single_sign_on.providers import provider_of_email, requires_provider
from schema.declare.fields import gql_type
from schema.declare.scalars import EmailAddress
from schema.execution.execution import graphql_errors
from schema.execution.read_payload import Info


@gql_type
class SignInMethods:
    """How somebody with an email address signs in. This depends on the domain of the address alone, whether or not a
    user has it."""

    single_sign_on_url: str | None = strawberry.field(
        description="The URL at which a browser begins to sign in at the provider of the domain. Add the parameters "
        "`code_challenge` and, unless it ends at the console, `return_to`. Null if the domain has no provider."
    )
    password: bool = strawberry.field(
        description="Whether to ask for a password: false if users of the domain must sign in at the provider. One "
        "admin of the organization can sign in by password nevertheless."
    )


async def sign_in_methods(
    info: Info, email: Annotated[EmailAddress, strawberry.argument(description="The email address.")]
) -> SignInMethods:
    """Resolves `signInMethods`."""
    context = info.context.context
    writing, caller = context.writing, context.caller
    try:
        await writing.limits.use_provider(caller.address)
    except MutationRejected as rejected:
        raise graphql_errors(rejected)[0] from rejected
    provider = await provider_of_email(writing, caller, email)
    if provider is None or writing.relying_party is None:
        return SignInMethods(single_sign_on_url=None, password=True)
    url = f"{writing.relying_party.address}/sso/start?{urlencode({'email': email})}"
    is_required = await requires_provider(writing, caller, provider.tenant_id)
    return SignInMethods(single_sign_on_url=url, password=not is_required)
