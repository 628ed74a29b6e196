"""A client library that others wrote, and a program that verifies our tokens, find all they need by themselves."""

import warnings

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from starlette.routing import Route

from app.application import oauth_routes
from app.settings import Settings
from models import Scope
from tests.support.oauth import ADA, Program, program
from tests.support.server import BASE_URL, Client

# It says on import that it would like another HTTP client, now that there is one.
with warnings.catch_warnings(action="ignore"):
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = ["client_secret_basic", "client_secret_post"]


async def discovered(client: Client) -> AuthorizationServerMetadata:
    """What the server says of itself, checked by the rules of RFC 8414."""
    answer = await client.http.get(get_well_known_url(BASE_URL, external=True))
    assert answer.headers["content-type"] == "application/json"
    found = AuthorizationServerMetadata(answer.json())
    found.validate()
    assert found["issuer"] == BASE_URL
    return found


def oauth(client: Client, of: Program, method: str, **more: str) -> AsyncOAuth2Client:
    transport = httpx.ASGITransport(client.application)
    return AsyncOAuth2Client(*of.basic, token_endpoint_auth_method=method, transport=transport, **more)


@pytest.mark.parametrize("method", METHODS)
async def test_it_gets_uses_and_gives_back_a_token(client: Client, method: str) -> None:
    server, mine = await discovered(client), await program(client)
    assert method in server["token_endpoint_auth_methods_supported"]
    async with oauth(client, mine, method, scope="basic.read") as http:
        token = await http.fetch_token(server["token_endpoint"], grant_type="client_credentials")
        assert (token["token_type"], token["scope"]) == ("Bearer", "basic.read")
        answer = await http.post(f"{BASE_URL}/graphql", json={"query": "{ __typename }"})
        assert answer.json()["data"] == {"__typename": "Query"}
        about = await http.introspect_token(server["introspection_endpoint"], token=token["access_token"])
        assert about.json()["active"]
        await http.revoke_token(server["revocation_endpoint"], token=token["access_token"])
        answer = await http.post(f"{BASE_URL}/graphql", json={"query": "{ __typename }"})
        assert answer.status_code == 401


@pytest.mark.parametrize("method", METHODS)
async def test_it_reads_our_refusals(client: Client, method: str) -> None:
    server, mine = await discovered(client), await program(client, ADA, [Scope.BASIC_READ])
    async with oauth(client, mine, method, scope="users.write") as http:
        with pytest.raises(OAuthError) as refused:
            await http.fetch_token(server["token_endpoint"], grant_type="client_credentials")
    assert refused.value.error == "invalid_scope"
    async with oauth(client, Program(mine.id, "guess"), method) as http:
        with pytest.raises(OAuthError) as refused:
            await http.fetch_token(server["token_endpoint"], grant_type="client_credentials")
    assert refused.value.error == "invalid_client"


async def test_others_verify_tokens_by_what_is_published(client: Client) -> None:
    server, mine = await discovered(client), await program(client)
    async with oauth(client, mine, METHODS[0]) as http:
        token = await http.fetch_token(server["token_endpoint"], grant_type="client_credentials")
    keys = KeySet.import_key_set((await client.http.get(server["jwks_uri"])).json())
    found = jwt.decode(token["access_token"], keys, ["RS256"])
    JWTClaimsRegistry(iss={"essential": True, "value": BASE_URL}).validate(found.claims)
    assert (found.header["typ"], found.claims["client_id"]) == ("at+jwt", mine.client_id)


async def test_behind_a_path_the_document_is_where_rfc_8414_puts_it() -> None:
    address = "https://example.com/portal"
    paths = {route.path for route in oauth_routes(Settings(base_url=address)) if isinstance(route, Route)}
    assert get_well_known_url(address) in paths
    assert get_well_known_url(BASE_URL) in paths
