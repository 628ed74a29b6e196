"""Inputs of the mutations about single sign-on that succeed, one after the other, on a server with the demo data."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import SignInDomain
from tests.support.mutations.audited import Case, Done, as_
from tests.support.openid.portal import Names
from tests.support.openid.stand_in import ISSUER, VERIFIER, add_provider, said, with_stand_in
from tests.support.server import Client

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
OWN, BEN = f"org_{named_key(ACME)}", f"usr_{named_key('ben@acme.example')}"


async def code_of_ben(client: Client) -> dict[str, Any]:
    """Of Ben, whose identity is linked from now on."""
    await add_provider(client.backend.engine, "ben@acme.example")
    return {"code": said("ben@acme.example"), "codeVerifier": VERIFIER}


async def code_of_sue(_client: Client) -> dict[str, Any]:
    """Of somebody whose identity isn't linked."""
    return {"code": said("sue"), "codeVerifier": VERIFIER}


async def provider(client: Client) -> dict[str, Any]:
    """A provider that can be asked from now on."""
    use(client, Names())
    given = {"issuer": ISSUER, "clientId": "portico", "clientSecret": "secret"}
    return {"organization": f"org_{named_key(ACME)}", **given}


async def new_domain(client: Client) -> dict[str, Any]:
    """The domain `new.example`, whose record is there from now on."""
    async with client.backend.engine.connect() as connection:
        columns = select(SignInDomain.id, SignInDomain.challenge)
        row = (await connection.execute(columns.where(SignInDomain.domain == "new.example"))).one()
    use(client, Names({"_portico.new.example": [f"portico-domain={row.challenge}"]}))
    return {"id": f"dom_{row.id}"}


def use(client: Client, names: Names) -> None:
    """Let the server ask the stand-in, and these names."""
    state = client.application.state
    state.backend = replace(state.backend, mutation_context=with_stand_in(client.backend.mutation_context, names))


async def with_input(client: Client, who: str | None, input_of: Callable[[Client], Awaitable[dict[str, Any]]]) -> Done:
    """A mutation whose input is made first."""
    return Done(who, await input_of(client))


OF_SINGLE_SIGN_ON: dict[str, tuple[Case, Case | None]] = {
    "signInWithProvider": (lambda client: with_input(client, None, code_of_ben), None),
    "linkIdentity": (lambda client: with_input(client, SUE, code_of_sue), None),
    "unlinkIdentity": (as_(ADA, id=BEN), as_(SUE, id=f"usr_{named_key(ADA)}")),
    "configureSingleSignOn": (
        lambda client: with_input(client, ADA, provider),
        lambda client: with_input(client, SAM, provider),
    ),
    "addSignInDomain": (
        as_(ADA, organization=OWN, domain="new.example"),
        as_(SAM, organization=OWN, domain="new.example"),
    ),
    "verifySignInDomain": (
        lambda client: with_input(client, ADA, new_domain),
        lambda client: with_input(client, SAM, new_domain),
    ),
    "removeSignInDomain": (
        lambda client: with_input(client, ADA, new_domain),
        lambda client: with_input(client, SAM, new_domain),
    ),
    "removeSingleSignOn": (
        as_(ADA, organization=OWN),
        as_(SAM, organization=OWN),
    ),
}
"""Each succeeds once and is denied once, in an order in which they can run."""
