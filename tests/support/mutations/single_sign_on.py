"""The mutations about single sign-on, prepared up to the moment when they run."""

from collections.abc import Awaitable, Callable

from app.demo.fixed_ids import named_key
from resolvers.mutations.single_sign_on.configure import configure_single_sign_on, remove_single_sign_on
from resolvers.mutations.single_sign_on.domains import (
    add_sign_in_domain,
    remove_sign_in_domain,
    verify_sign_in_domain,
)
from resolvers.mutations.single_sign_on.identities import link_identity, unlink_identity
from resolvers.mutations.single_sign_on.sign_in import sign_in_by_provider
from resolvers.transaction.context import MutationContext
from tests.support.mutations.of_someone import ADA, PAT, Mutation, of_ada
from tests.support.openid.portal import Names
from tests.support.openid.stand_in import ISSUER, OWN, SECRET, VERIFIER, add_provider, said, with_stand_in
from tests.support.passwords import SAM, VISITOR, newest_token
from tests.support.resolver_fixtures import caller, rows

DOMAIN = named_key("domain acme.example")


async def begin_configure(writing: MutationContext) -> Mutation:
    context, ada = with_stand_in(writing), await caller(writing, ADA)
    new = {"issuer": ISSUER, "client_id": "portico", "client_secret": SECRET}
    return lambda: configure_single_sign_on(context, ada, OWN, new)  # type: ignore[arg-type]


async def begin_remove(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine)
    return await of_ada(writing, lambda work: remove_single_sign_on(work, OWN))


async def begin_add_domain(writing: MutationContext) -> Mutation:
    return await of_ada(writing, lambda work: add_sign_in_domain(work, OWN, "acme.example"))


async def begin_verify_domain(writing: MutationContext) -> Mutation:
    await (await begin_add_domain(writing))()
    [row] = await rows(writing, "SELECT id, challenge FROM sign_in_domains")
    names = Names({"_portico.acme.example": [f"portico-domain={row.challenge}"]})
    context, ada = with_stand_in(writing, names), await caller(writing, ADA)
    return lambda: verify_sign_in_domain(context, ada, row.id)


async def begin_remove_domain(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine)
    return await of_ada(writing, lambda work: remove_sign_in_domain(work, DOMAIN))


async def begin_sign_in_with_provider(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine, SAM)
    code = said(SAM)
    return lambda: sign_in_by_provider(with_stand_in(writing), VISITOR, code, VERIFIER)


async def begin_link_identity(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine)
    sam, code = await caller(writing, SAM), said("new")
    return lambda: link_identity(with_stand_in(writing), sam, code, VERIFIER)


async def begin_link_by_activation(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine)
    token, code = await newest_token(writing, PAT), said("pat", first_name="Pat", last_name="Doe")
    return lambda: link_identity(with_stand_in(writing), VISITOR, code, VERIFIER, token)


async def begin_unlink_identity(writing: MutationContext) -> Mutation:
    await add_provider(writing.engine, SAM)
    return await of_ada(writing, lambda work: unlink_identity(work, named_key(SAM)))


SINGLE_SIGN_ON: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "configureSingleSignOn": (begin_configure, "single_sign_on.changed", 0),
    "removeSingleSignOn": (begin_remove, "single_sign_on.removed", 0),
    "addSignInDomain": (begin_add_domain, "sign_in_domain.added", 0),
    "verifySignInDomain": (begin_verify_domain, "sign_in_domain.verified", 0),
    "removeSignInDomain": (begin_remove_domain, "sign_in_domain.removed", 0),
    "signInWithProvider": (begin_sign_in_with_provider, "session.started", 0),
    "linkIdentity": (begin_link_identity, "user.identity_linked", 0),
    "linkIdentity, by an activation link": (begin_link_by_activation, "user.activated user.identity_linked", 0),
    "unlinkIdentity": (begin_unlink_identity, "user.identity_unlinked", 0),
}
"""As `MUTATIONS`."""
