"""Tokens, links and secrets of a former version, which carry no tenant, go on working."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.auth.jwt_access_tokens import AccessTokens
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from models import PLATFORM, TokenPurpose, new_id
from resolvers.callers.credentials import AccessToken, SessionToken, carried_tenant
from resolvers.callers.load_actor import load_actor
from resolvers.identity.hashing import CLIENT_SECRET_PREFIX, derive_token, token_hash
from tests.support.oauth import ADA, GRANT, Program, access_token, post, program
from tests.support.resolver_fixtures import SECRET_KEY, client_of, run
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWER = "{ viewer { user { email } } }"
FORMER = "a" * 42
ACTIVATE = """mutation ($i: ActivateUserInput!) { activateUser(input: $i) { user { email } errors { code } } }"""
END = "mutation { endOtherSessions { endedCount errors { code } } }"


async def former_session(client: Client, email: str, token: str) -> None:
    """Insert a session of which the token has the form of a former version."""
    statement = """INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at)
        SELECT gen_random_uuid(), tenant_id, id, :hash, now() + interval '1 hour' FROM users WHERE id = :user"""
    await run(client.backend.mutation_context, statement, user=named_key(email), hash=token_hash(token))


@pytest.mark.parametrize("email", [ADA, "staff@portico.example"])
async def test_a_session(client: Client, email: str) -> None:
    token = FORMER + email[0]
    await former_session(client, email, token)
    assert carried_tenant(token) is None
    assert (await client.data(VIEWER, token))["viewer"]["user"] == {"email": email}
    assert (await client.data(END, token))["endOtherSessions"]["errors"] == []
    assert (await client.data("mutation { signOut { signedOut } }", token))["signOut"] == {"signedOut": True}
    assert (await client.data(VIEWER, token))["viewer"] is None


async def test_a_link(client: Client) -> None:
    user, row = named_key("pat@acme.example"), new_id()
    former = derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, row, PLATFORM)[22:]
    context = client.backend.mutation_context
    await run(context, "UPDATE one_time_tokens SET revoked_at = now() WHERE user_id = :user", user=user)
    statement = """INSERT INTO one_time_tokens (id, tenant_id, user_id, purpose, token_hash, expires_at)
        SELECT :id, tenant_id, id, 'ACTIVATION', :hash, now() + interval '1 hour' FROM users WHERE id = :user"""
    await run(context, statement, id=row, user=user, hash=token_hash(former))
    for token, code in ((former[::-1], "TOKEN_INVALID"), (former, None), (former, "TOKEN_INVALID")):
        answer = await client.data(ACTIVATE, i={"token": token, "password": "violet ladder humming quietly"})
        activated = answer["activateUser"]
        assert [error["code"] for error in activated["errors"]] == ([code] if code else [])
        assert activated["user"] == (None if code else {"email": "pat@acme.example"})


async def test_a_client_secret(client: Client) -> None:
    secret = CLIENT_SECRET_PREFIX + "b" * 43
    former = Program(await client_of(client.backend.mutation_context, ADA, secret=secret), secret)
    assert (await post(client, "token", GRANT, auth=former.basic)).status_code == 200


async def test_an_access_token(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = AccessTokens.claims

    def without_organization(tokens: AccessTokens, *given: Any) -> Mapping[str, Any]:
        return {name: value for name, value in claims(tokens, *given).items() if name != "organization_id"}

    mine = await program(client)
    with monkeypatch.context() as former:
        former.setattr(AccessTokens, "claims", without_organization)
        token = await access_token(client, mine)
    assert (await client.data("{ viewer { apiClient { id } } }", token))["viewer"]["apiClient"]["id"] == mine.client_id


async def test_an_access_token_says_its_organization(client: Client) -> None:
    token = await access_token(client, await program(client))
    verified, _ = await client.backend.access_tokens.verify(token)
    assert verified.organization_id == named_key(ACME)


@pytest.mark.parametrize("tenant", [named_key(GLOBEX), PLATFORM, uuid4()])
async def test_nothing_is_found_in_another_tenant(client: Client, tenant: UUID) -> None:
    token = await client.session(ADA)
    verified, _ = await client.backend.access_tokens.verify(await access_token(client, await program(client)))
    elsewhere = AccessToken(verified.id, verified.client_id, verified.scopes, verified.expires_at, tenant)
    idle = client.backend.mutation_context.lifetimes.idle
    async with client.backend.engine.connect() as connection:
        assert await load_actor(connection, SessionToken.of(token.encode()), idle) is not None
        assert await load_actor(connection, SessionToken(token_hash(token), tenant), idle) is None
        assert await load_actor(connection, verified, idle) is not None
        assert await load_actor(connection, elsewhere, idle) is None
